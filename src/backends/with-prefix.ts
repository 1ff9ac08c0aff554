import type { Backend } from '../backend.js';
import { offerResidents, residentsOf } from './lru/lru-entry.js';

const scopes = new WeakMap<Backend, number>();

/**
 * The part of an in-process backend that belongs to one function: whatever keys it uses, it meets no
 * other function's entries.
 */
export function scoped(backend: Backend): Backend {
  const residents = residentsOf(backend);
  const number = (scopes.get(backend) ?? 0) + 1;
  scopes.set(backend, number);
  const scope = `${number}:`;
  const part: Backend = {
    name: backend.name,
    sync: backend.sync,
    shared: backend.shared,
    ...(backend.deadline !== undefined && { deadline: backend.deadline }),
    ...(backend.refuses && { refuses: (key: string) => backend.refuses?.(scope + key) === true }),
    get: (key) => backend.get(scope + key),
    set: (key, entry) => backend.set(scope + key, entry),
    delete: (key) => backend.delete(scope + key),
    ...(backend.clear && { clear: (prefix: string) => backend.clear?.(scope + prefix) }),
  };
  if (residents === undefined) return part;
  return offerResidents(part, {
    usage: residents.usage,
    find: (key) => residents.find(scope + key),
    keyOf: (entry) => residents.keyOf(entry).slice(scope.length),
  });
}
