import type { Backend } from '../backend.js';
import { keyspaceOf } from '../backends/backend-state.js';
import { OptionError } from '../errors.js';
import { keyDerivation, type KeyDerivation } from '../keys/derivation.js';
import { describeValue } from '../platform/describe-value.js';
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
      : uniquePrefix(shared, naming.prefix, version);
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
 * if another function of this process has registered it: the two would return each other's values.
 */
function uniquePrefix(
  backend: Backend,
  prefix: KeyPrefix,
  version: string | number | undefined,
): KeyPrefix {
  const registered = new Set<string>();
  return (self) => {
    const name = prefix(self);
    if (!registered.has(name)) {
      registerName(backend, version === undefined ? name : `${name}@${version}`);
      registered.add(name);
    }
    return name;
  };
}

function registerName(backend: Backend, name: string): void {
  const { names } = keyspaceOf(backend);
  if (names.has(name)) {
    throw new OptionError(
      `two functions on one ${backend.name} backend are called ${describeValue(name)} and would share their ` +
        "entries; give each its own name ({ name: '…' }), or use one memoized function for both",
    );
  }
  names.add(name);
}
