import type { LruEntry, AccessPolicy } from './lru-entry.js';

/** Decides which entry is evicted. Told of every entry that is added or removed, and of every access. */
export interface EvictionPolicy extends AccessPolicy {
  /** `replaced`: the previous entry of the key, already removed. */
  add(entry: LruEntry, replaced: LruEntry | undefined): void;
  remove(entry: LruEntry): void;
  /** Chooses the entry to evict; `undefined` if there is none. May reorder the others. */
  victim(): LruEntry | undefined;
  /** Drops all history. Called when the store is empty. */
  clear(): void;
}
