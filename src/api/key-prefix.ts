import type { Backend } from '../backend.js';
import { keyspaceOf, type NameClaim } from '../backends/backend-state.js';
import { OptionError } from '../errors.js';
import { keyDerivation, type KeyDerivation } from '../keys/derivation.js';
import { describeValue } from '../platform/describe-value.js';
import { warnOnce } from '../platform/warning.js';
import type { Settings } from '../options/options.js';
import type { AnyFunction } from './function-kind.js';

/** The prefix of a function's derived keys, for calls on this object. */
export type KeyPrefix = (self: unknown) => string;

/** Names of a function, in events and in keys. */
export interface Naming {
  /** Name in events, and prefix of derived keys in process. Never throws. */
  readonly label: (self?: unknown) => string;
  /** Prefix of derived keys on a shared backend. Throws an `OptionError` if the function has no usable name. */
  readonly prefix: KeyPrefix;
  /** True if the prefix is known at definition. */
  readonly eager: boolean;
  /** True if in process each object that the function is called on has separate entries. */
  readonly perInstance: boolean;
  /** True for a method: a call always has an object, and derived keys depend on it. */
  readonly method: boolean;
}

/** False for the empty name, and for the `default` that compilers give to default exports: many share it. */
export function isName(name: string): boolean {
  return !/^(?:default(?:_\d+)?)?$/.test(name);
}

/**
 * Derivation of the keys of one function. Registers its prefix on a shared backend at once if that is known at
 * definition. Throws an `OptionError` for an invalid `key` or `version`, or a prefix in use.
 */
export function deriveKeys(
  fn: AnyFunction,
  settings: Settings,
  shared: Backend | undefined,
  naming: Naming,
): KeyDerivation {
  const { key, version } = settings;
  const prefix =
    shared === undefined
      ? stablePrefix(naming.label)
      : uniquePrefix(shared, naming.prefix, claimOf(fn, settings.name !== undefined), settings);
  const derivation = keyDerivation({
    key,
    version,
    name: prefix,
    parameters: fn.length,
    perInstance: naming.perInstance && shared === undefined && key === undefined,
  });
  if (key === undefined && naming.eager) prefix(undefined);
  return derivation;
}

/** Keeps the first name of a function: its keys do not change when a method finds out its class later. */
function stablePrefix(label: KeyPrefix): KeyPrefix {
  let first: string | undefined;
  return (self) => (first ??= label(self));
}

/**
 * Prefixes of a function on a shared backend. Each is registered at its first use, which throws an `OptionError`
 * if another function of this process has registered it, unless `claimName` lets the two share it.
 */
function uniquePrefix(
  backend: Backend,
  prefix: KeyPrefix,
  claim: NameClaim,
  { version, warnings }: Settings,
): KeyPrefix {
  const registered = new Set<string>();
  return (self) => {
    const name = prefix(self);
    if (!registered.has(name)) {
      claimName(backend, version === undefined ? name : `${name}@${version}`, claim, warnings);
      registered.add(name);
    }
    return name;
  };
}

function claimOf(fn: AnyFunction, written: boolean): NameClaim {
  const source = Function.prototype.toString.call(fn);
  return { written, source: /\{\s*\[native code\]\s*\}\s*$/.test(source) ? undefined : source };
}

/**
 * Registers a name on a shared backend. Two functions of one name would return each other's values, so the
 * second is an `OptionError`. But a name that was written out promises equal results wherever it stands, and
 * bundlers and development servers evaluate a module more than once: it may come again with the same source,
 * and in development with another, which takes it over.
 */
function claimName(backend: Backend, name: string, claim: NameClaim, warnings: boolean): void {
  const { names } = keyspaceOf(backend);
  const earlier = names.get(name);
  const bothWritten = earlier?.written === true && claim.written;
  const isSame = bothWritten && claim.source !== undefined && claim.source === earlier.source;
  if (earlier !== undefined && !isSame && !(bothWritten && isDevelopment())) {
    throw new OptionError(
      `two functions on one ${backend.name} backend are called ${describeValue(name)} and would share their ` +
        "entries; give each its own name ({ name: '…' }), or use one memoized function for both",
    );
  }
  names.set(name, claim);
  if (earlier === undefined || !warnings) return;
  warnOnce('MEMOASIDE_NAME', name, () => {
    const who = `${describeValue(name)} names two functions on one ${backend.name} backend`;
    return isSame
      ? `${who}, of the same source: they share their entries. Was a module evaluated twice?`
      : `${who}, of different source: the later one takes the name over, with the entries of the earlier ` +
          'one. Outside of development this is an OptionError';
  });
}

function isDevelopment(): boolean {
  return typeof process !== 'undefined' && process.env.NODE_ENV === 'development';
}
