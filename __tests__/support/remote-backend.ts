import type { AsyncBackend, Entry } from '../../src/index.js';

/** An asynchronous backend in memory that exposes its entries and records its operations. */
export interface RemoteBackend extends AsyncBackend {
  readonly entries: Map<string, Entry>;
  /** The names of the operations so far: `get`, `set`, `delete`. */
  readonly asked: string[];
}

/** A shared asynchronous backend that keeps entries in a Map; `overrides` replace parts of it. */
export function remoteBackend(overrides: Partial<AsyncBackend> = {}): RemoteBackend {
  const entries = new Map<string, Entry>();
  const asked: string[] = [];
  const later = async <T>(step: string, work: () => T): Promise<T> => {
    asked.push(step);
    await Promise.resolve();
    return work();
  };
  return {
    name: 'remote',
    sync: false,
    shared: true,
    entries,
    asked,
    get: (key) => later('get', () => entries.get(key)),
    set: (key, entry) => later('set', () => void entries.set(key, entry)),
    delete: (key) => later('delete', () => void entries.delete(key)),
    ...overrides,
  };
}
