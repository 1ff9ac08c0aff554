import type { Resident } from '../resident.js';
import { EntryList } from './entry-list.js';
import type { Eviction } from './shelf.js';

/** The entry goes that was used least recently, where all uses between two writes count as one. */
export class LeastRecentlyUsed implements Eviction {
  /** The writes so far: nothing is evicted between two of them. */
  enough = 0;
  /** The least recently used first. */
  readonly #entries = new EntryList();

  use(entry: Resident): void {
    entry.used = this.enough;
    if (entry === this.#entries.last) return;
    this.#entries.remove(entry);
    this.#entries.append(entry);
  }

  add(entry: Resident): void {
    this.enough += 1;
    entry.used = this.enough;
    this.#entries.append(entry);
  }

  remove(entry: Resident): void {
    this.#entries.remove(entry);
  }

  victim(): Resident | undefined {
    return this.#entries.first;
  }
}
