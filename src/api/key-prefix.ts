import type { Backend } from '../backend.js';
import { keyspaceOf } from '../backends/backend-state.js';
import { OptionError } from '../errors.js';
import { keyDerivation, type KeyDerivation } from '../keys/derivation.js';
import { show } from '../options/checks.js';
import type { Settings } from '../options/options.js';
import type { AnyFunction } from './function-kind.js';

/** The prefix of a function's derived keys, for calls on this object. */
export type KeyPrefix = (self: unknown) => string;

/** How a function is told from others. */
export interface Naming {
  /** Name in events, and the readable part of keys in process. Never throws. */
  readonly label: (self?: unknown) => string;
  /** Prefix of derived keys on a shared backend. Throws an `OptionError` if there is none. */
  readonly prefix: KeyPrefix;
  /** True if the prefix is known at definition. */
  readonly eager: boolean;
  /** True if in process each object that the function is called on has entries of its own. */
  readonly perInstance: boolean;
  /** True for a method: a call always has an object, and derived keys depend on it. */
  readonly method: boolean;
}

/** False for a name that tells no function or class from others: default exports may have such a one. */
export function isName(name: string): boolean {
  return !/^(?:default(?:_\d+)?)?$/.test(name);
}

/** The keys of one function. Takes its prefix on a shared backend now, if that is known by now. */
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

/** The first name of a function, for ever: when a method comes to know its class, its keys stay the same. */
function stablePrefix(label: KeyPrefix): KeyPrefix {
  let first: string | undefined;
  return (self) => (first ??= label(self));
}

/**
 * The prefixes of a function on a shared backend. Each is taken at its first use, and throws an
 * `OptionError` if another function of this process has it: the two would return each other's values.
 */
function uniquePrefix(
  backend: Backend,
  prefix: KeyPrefix,
  version: string | number | undefined,
): KeyPrefix {
  const taken = new Set<string>();
  return (self) => {
    const name = prefix(self);
    if (!taken.has(name)) {
      takeName(backend, version === undefined ? name : `${name}@${version}`);
      taken.add(name);
    }
    return name;
  };
}

function takeName(backend: Backend, name: string): void {
  const { names } = keyspaceOf(backend);
  if (names.has(name)) {
    throw new OptionError(
      `two functions on one ${backend.name} backend are called ${show(name)} and would share their ` +
        "entries; give each a name of its own ({ name: '…' }), or use one memoized function for both",
    );
  }
  names.add(name);
}
