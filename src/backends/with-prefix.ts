import type { Backend } from '../backend.js';
import { nextPrefix } from './backend-state.js';
import { entriesOf, offerEntries } from './lru/lru-entry.js';

/**
 * A view of an in-process backend for one function: it puts a prefix before each key, so that functions never
 * share an entry, whatever their keys.
 */
export function withPrefix(backend: Backend): Backend {
  const prefix = `${nextPrefix()}:`;
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
