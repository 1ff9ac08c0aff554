import type { LruEntry } from './lru-entry.js';
import { LinkedList } from './linked-list.js';
import type { EvictionPolicy } from './eviction-policy.js';

/** The entry goes that was used least recently, where all uses between two writes count as one. */
export class LeastRecentlyUsed implements EvictionPolicy {
  /** An entry's `used` is the number of writes before its last use. */
  #writes = 0;
  /** The least recently used first. */
  readonly #entries = new LinkedList();

  /** Nothing is evicted between two writes. */
  get saturated(): number {
    return this.#writes;
  }

  access(entry: LruEntry): void {
    entry.accesses = this.#writes;
    if (entry === this.#entries.last) return;
    this.#entries.remove(entry);
    this.#entries.append(entry);
  }

  add(entry: LruEntry): void {
    this.#writes += 1;
    entry.accesses = this.#writes;
    this.#entries.append(entry);
  }

  remove(entry: LruEntry): void {
    this.#entries.remove(entry);
  }

  victim(): LruEntry | undefined {
    return this.#entries.first;
  }

  clear(): void {
    // The list is empty by now, and to know the number of writes does no harm.
  }
}
