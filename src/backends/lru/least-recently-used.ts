import type { Resident } from './lru-entry.js';
import { EntryList } from './linked-list.js';
import type { EvictionPolicy } from './eviction-policy.js';

/** The entry goes that was used least recently, where all uses between two writes count as one. */
export class LeastRecentlyUsed implements EvictionPolicy {
  /** An entry's `used` is the number of writes before its last use. */
  #writes = 0;
  /** The least recently used first. */
  readonly #entries = new EntryList();

  /** Nothing is evicted between two writes. */
  get enough(): number {
    return this.#writes;
  }

  use(entry: Resident): void {
    entry.used = this.#writes;
    if (entry === this.#entries.last) return;
    this.#entries.remove(entry);
    this.#entries.append(entry);
  }

  add(entry: Resident): void {
    this.#writes += 1;
    entry.used = this.#writes;
    this.#entries.append(entry);
  }

  remove(entry: Resident): void {
    this.#entries.remove(entry);
  }

  choose(): Resident | undefined {
    return this.#entries.first;
  }

  clear(): void {
    // The list is empty by now, and to know the number of writes does no harm.
  }
}
