import { AsyncLocalStorage } from 'node:async_hooks';

type Storages = Set<{ disable(): void }>;

// Up to Node 22 every AsyncLocalStorage in use adds to the cost of each promise of the process. Jest
// (jest-circus) creates one per test file, and so does each file's copy of the library; Jest never disables
// its own. So each file first disables the storages of the files before it. The set of them is a property
// of the class, which all files share.
const USED = Symbol.for('storages used by test files');
const storages = AsyncLocalStorage as unknown as Record<symbol, Storages | undefined>;

function recordUsed(used: Storages): Storages {
  const { run } = AsyncLocalStorage.prototype;
  AsyncLocalStorage.prototype.run = function (
    this: AsyncLocalStorage<unknown>,
    ...args: unknown[]
  ) {
    used.add(this);
    return Reflect.apply(run, this, args) as unknown;
  } as typeof run;
  return used;
}

const used = (storages[USED] ??= recordUsed(new Set()));
for (const storage of used) storage.disable();
used.clear();

// Tests provoke faults, whose warnings would stand among the results. A test of warnings spies on this.
const { emitWarning } = process;
process.emitWarning = (...args: unknown[]): void => {
  const [, options] = args as [unknown, { code?: unknown } | undefined];
  if (!String(options?.code).startsWith('MEMOASIDE_')) Reflect.apply(emitWarning, process, args);
};
