import type { EvictionPolicy } from './eviction-policy.js';
import { LinkedList } from './linked-list.js';
import type { LruEntry } from './lru-entry.js';

/** Evicts the least recently accessed entry. All accesses between two writes count as one. */
export class LeastRecentlyUsed implements EvictionPolicy {
  /** Number of writes so far. Nothing is evicted between two, so one access of an entry is enough. */
  epoch = 0;
  /** The least recently used entry first. */
  readonly #entries = new LinkedList();

  access(entry: LruEntry): void {
    entry.accesses = this.epoch;
    if (entry === this.#entries.last) return;
    this.#entries.remove(entry);
    this.#entries.append(entry);
  }

  add(entry: LruEntry): void {
    this.epoch += 1;
    entry.accesses = this.epoch;
    this.#entries.append(entry);
  }

  remove(entry: LruEntry): void {
    this.#entries.remove(entry);
  }

  victim(): LruEntry | undefined {
    return this.#entries.first;
  }

  clear(): void {
    // The list is already empty, and the number of writes may stay.
  }
}
