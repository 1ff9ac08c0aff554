import type { Entry } from '../../entry.js';
import type { EvictionPolicy } from './eviction-policy.js';
import { LruEntry, recordAccess, type LiveEntries } from './lru-entry.js';

/** Entries by key, at most `max` of them. */
export class EntryStore implements LiveEntries {
  readonly #entries = new Map<string, LruEntry>();

  constructor(
    private readonly max: number,
    /** Decides which entry is evicted. */
    readonly policy: EvictionPolicy,
  ) {}

  find(key: string): LruEntry | undefined {
    return this.#entries.get(key);
  }

  get(key: string): LruEntry | undefined {
    const entry = this.#entries.get(key);
    if (entry !== undefined) recordAccess(entry, this.policy);
    return entry;
  }

  set(key: string, stored: Entry): void {
    const replaced = this.#entries.get(key);
    // The victim is chosen before the new entry is added, which could be the victim itself.
    const victim = replaced ?? (this.#entries.size < this.max ? undefined : this.policy.victim());
    if (victim !== undefined) this.#remove(victim);
    const entry = new LruEntry(key, stored);
    this.#entries.set(key, entry);
    this.policy.add(entry, replaced);
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined) this.#remove(entry);
  }

  /** Deletes every entry whose key starts with the prefix. */
  clear(prefix: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(prefix)) this.delete(key);
    if (this.#entries.size === 0) this.policy.clear();
  }

  #remove(entry: LruEntry): void {
    this.#entries.delete(entry.key);
    this.policy.remove(entry);
    entry.slot?.remove();
    entry.slot = undefined;
  }
}
