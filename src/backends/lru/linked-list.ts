import type { LruEntry } from './lru-entry.js';

/** Doubly linked list of entries. The links are in the entries, so an entry is in one list at most. */
export class LinkedList {
  #first: LruEntry | undefined;
  #last: LruEntry | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): LruEntry | undefined {
    return this.#first;
  }

  get last(): LruEntry | undefined {
    return this.#last;
  }

  append(entry: LruEntry): void {
    entry.previous = this.#last;
    entry.next = undefined;
    if (this.#last === undefined) this.#first = entry;
    else this.#last.next = entry;
    this.#last = entry;
    this.#size += 1;
  }

  /** Removes an entry, which must be in this list. */
  remove(entry: LruEntry): void {
    const { previous, next } = entry;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    entry.previous = undefined;
    entry.next = undefined;
    this.#size -= 1;
  }
}
