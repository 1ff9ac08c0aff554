import type { Backend } from '../backend.js';
import { offerEntries, entriesOf } from './lru/lru-entry.js';

const scopes = new WeakMap<Backend, number>();

/**
 * The part of an in-process backend that belongs to one function: whatever keys it uses, it meets no
 * other function's entries.
 */
export function withPrefix(backend: Backend): Backend {
  const residents = entriesOf(backend);
  const number = (scopes.get(backend) ?? 0) + 1;
  scopes.set(backend, number);
  const scope = `${number}:`;
  const part: Backend = {
    name: backend.name,
    sync: backend.sync,
    shared: backend.shared,
    ...(backend.deadline !== undefined && { deadline: backend.deadline }),
    ...(backend.isDown && { isDown: (key: string) => backend.isDown?.(scope + key) === true }),
    get: (key) => backend.get(scope + key),
    set: (key, entry) => backend.set(scope + key, entry),
    delete: (key) => backend.delete(scope + key),
    ...(backend.clear && { clear: (prefix: string) => backend.clear?.(scope + prefix) }),
  };
  if (residents === undefined) return part;
  return offerEntries(part, {
    policy: residents.policy,
    find: (key) => residents.find(scope + key),
    keyOf: (entry) => residents.keyOf(entry).slice(scope.length),
  });
}
