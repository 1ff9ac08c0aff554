import type { Entry } from '../../backend.js';
import { Resident, touch, type Residents } from './lru-entry.js';
import type { EvictionPolicy } from './eviction-policy.js';

/** Entries by their keys, no more than `max` of them. */
export class EntryTable implements Residents {
  readonly #entries = new Map<string, Resident>();

  constructor(
    private readonly max: number,
    /** Which goes when there are more. */
    readonly usage: EvictionPolicy,
  ) {}

  find(key: string): Resident | undefined {
    return this.#entries.get(key);
  }

  keyOf(entry: Resident): string {
    return entry.storedKey;
  }

  get(key: string): Resident | undefined {
    const entry = this.#entries.get(key);
    if (entry !== undefined) touch(entry, this.usage);
    return entry;
  }

  set(key: string, stored: Entry): void {
    const replaced = this.#entries.get(key);
    // Before the new one is added, which might be chosen itself.
    const leaving = replaced ?? (this.#entries.size < this.max ? undefined : this.usage.choose());
    if (leaving !== undefined) this.#remove(leaving);
    const entry = new Resident(key, stored);
    this.#entries.set(key, entry);
    this.usage.add(entry, replaced);
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined) this.#remove(entry);
  }

  /** Deletes every entry whose key starts with the prefix. */
  clear(prefix: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(prefix)) this.delete(key);
    if (this.#entries.size === 0) this.usage.clear();
  }

  #remove(entry: Resident): void {
    this.#entries.delete(entry.storedKey);
    this.usage.remove(entry);
    entry.beForgotten();
  }
}
