import type { Backend } from '../backend.js';
import { nextPrefix } from './backend-state.js';
import { entriesOf, offerEntries } from './lru/lru-entry.js';

/**
 * The part of an in-process backend that belongs to one function: whatever keys the function uses, they
 * never meet those of another function.
 */
export function withPrefix(backend: Backend): Backend {
  const prefix = `${nextPrefix(backend)}:`;
  const view: Backend = {
    name: backend.name,
    sync: backend.sync,
    shared: backend.shared,
    ...(backend.deadline !== undefined && { deadline: backend.deadline }),
    ...(backend.isDown && { isDown: (key: string) => backend.isDown?.(prefix + key) === true }),
    get: (key) => backend.get(prefix + key),
    set: (key, entry) => backend.set(prefix + key, entry),
    delete: (key) => backend.delete(prefix + key),
    ...(backend.clear && { clear: (start: string) => backend.clear?.(prefix + start) }),
  };
  const entries = entriesOf(backend);
  if (entries === undefined) return view;
  return offerEntries(view, {
    policy: entries.policy,
    find: (key) => entries.find(prefix + key),
  });
}
