import type { LruEntry, AccessPolicy } from './lru-entry.js';

/** Which entry goes when there is room for no more. Hears of all that are added, used and removed. */
export interface EvictionPolicy extends AccessPolicy {
  /** `replaced`: the one that had its key, removed by now. */
  add(entry: LruEntry, replaced: LruEntry | undefined): void;
  remove(entry: LruEntry): void;
  /** Chooses one of the entries to go, `undefined` if there is none. May put the others in another order. */
  victim(): LruEntry | undefined;
  /** All entries have been removed: nothing that was known of them counts any longer. */
  clear(): void;
}
