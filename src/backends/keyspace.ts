import type { Backend } from '../backend.js';
import { show } from '../options/checks.js';
import { OptionError } from '../errors.js';

const keyspaces = new WeakMap<Backend, Backend>();

/** Says that a backend keeps its entries under the keys of another. */
export function shareKeys(backend: Backend, other: Backend): void {
  keyspaces.set(backend, keyspaceOf(other));
}

/** What stands for all backends that keep their entries under the same keys. */
export function keyspaceOf(backend: Backend): Backend {
  return keyspaces.get(backend) ?? backend;
}

/** Whether the name of a class or function tells it from others: what is exported as default may have none. */
export function isName(name: string): boolean {
  return !/^(?:default(?:_\d+)?)?$/.test(name);
}

const claims = new WeakMap<Backend, Set<string>>();

/**
 * Claims the prefix of derived keys on a shared backend. Throws an `OptionError` if another function of
 * this process has it: the two would answer each other's values.
 */
export function claimName(backend: Backend, name: string): void {
  const keyspace = keyspaceOf(backend);
  const taken = claims.get(keyspace) ?? new Set();
  claims.set(keyspace, taken);
  if (taken.has(name)) {
    throw new OptionError(
      `two functions on one ${backend.name} backend are called ${show(name)} and would share their ` +
        "entries; give each a name of its own ({ name: '…' }), or use one memoized function for both",
    );
  }
  taken.add(name);
}
