import type { Backend } from '../backend.js';
import { keyspaceOf } from '../backends/backend-state.js';
import { OptionError } from '../errors.js';
import { show } from '../options/checks.js';

/** The prefix of a function's derived keys, for calls on this object. */
export type KeyPrefix = (self: unknown) => string;

/** False for a name that tells no function or class from others: default exports may have such a one. */
export function isName(name: string): boolean {
  return !/^(?:default(?:_\d+)?)?$/.test(name);
}

/** The first name of a function, for ever: when a method comes to know its class, its keys stay the same. */
export function stablePrefix(label: KeyPrefix): KeyPrefix {
  let first: string | undefined;
  return (self) => (first ??= label(self));
}

/**
 * The prefixes of a function on a shared backend. Each is taken at its first use, and throws an
 * `OptionError` if another function of this process has it: the two would return each other's values.
 */
export function uniquePrefix(
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
