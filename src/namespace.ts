import type { Backend } from './backend.js';
import { show } from './option-checks.js';
import { OptionError } from './errors.js';

const claims = new WeakMap<Backend, Set<string>>();

/**
 * Claims the prefix of derived keys on a shared backend. Throws an `OptionError` if another function of
 * this process has it: the two would answer each other's values.
 */
export function claimName(backend: Backend, name: string): void {
  const taken = claims.get(backend) ?? new Set();
  claims.set(backend, taken);
  if (taken.has(name)) {
    throw new OptionError(
      `two functions on one ${backend.name} backend are called ${show(name)} and would share their ` +
        "entries; give each a name of its own ({ name: '…' }), or use one memoized function for both",
    );
  }
  taken.add(name);
}
