/** The parts of Node's `process` that are used here. Other platforms may have none of them. */
interface ProcessLike {
  emitWarning?: (message: string, options: { readonly code: string }) => void;
  getBuiltinModule?: (id: string) => { debuglog: (section: string) => DebugLog };
}

type DebugLog = ((format: string, text: string) => void) & { readonly enabled: boolean };

/** Code of a warning, by which `node --disable-warning` and a listener of `warning` select. */
export type WarningCode =
  | 'MEMOASIDE_BACKEND'
  | 'MEMOASIDE_CALLBACK'
  | 'MEMOASIDE_NAME'
  | 'MEMOASIDE_NOT_STORED'
  | 'MEMOASIDE_UNREADABLE'
  | 'MEMOASIDE_USELESS_OPTION';

/** Limit on what is remembered as said. Beyond, no new warning is given. */
const MAX = 1_000;
/** A registered symbol, so that modules which are evaluated again do not repeat what was said. */
const WARNED = Symbol.for('memoaside.warned/1');

function platformProcess(): ProcessLike | undefined {
  return (globalThis as { process?: ProcessLike }).process;
}

function warnedOn(process: object): Set<string> {
  const owner = process as Record<symbol, Set<string> | undefined>;
  return (owner[WARNED] ??= new Set());
}

/**
 * Gives a warning by `process.emitWarning`, once in the process for each code and subject. Never throws, and
 * does nothing on a platform without it. `message` is called only if there is something to say.
 */
export function warnOnce(code: WarningCode, subject: string, message: () => string): void {
  try {
    const process = platformProcess();
    if (typeof process?.emitWarning !== 'function') return;
    const warned = warnedOn(process);
    const id = `${code} ${subject}`;
    if (warned.size >= MAX || warned.has(id)) return;
    warned.add(id);
    process.emitWarning(message(), { code });
  } catch {
    // A warning is for people: the program goes on without it.
  }
}

/** Prints a line under `NODE_DEBUG=memoaside`; `undefined` without that, and on other platforms than Node. */
export const debugLine: ((line: string) => void) | undefined = createDebugLine();

function createDebugLine(): ((line: string) => void) | undefined {
  const log = platformProcess()?.getBuiltinModule?.('node:util').debuglog('memoaside');
  if (log?.enabled !== true) return undefined;
  return (line) => {
    log('%s', line);
  };
}
