import type { Resident } from './lru-entry.js';

/** Entries in a row, linked to one another: each is in one such list at most. */
export class EntryList {
  #first: Resident | undefined;
  #last: Resident | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): Resident | undefined {
    return this.#first;
  }

  get last(): Resident | undefined {
    return this.#last;
  }

  append(entry: Resident): void {
    entry.before = this.#last;
    entry.after = undefined;
    if (this.#last === undefined) this.#first = entry;
    else this.#last.after = entry;
    this.#last = entry;
    this.#size += 1;
  }

  /** Takes out one that is in it. */
  remove(entry: Resident): void {
    const { before, after } = entry;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    entry.before = undefined;
    entry.after = undefined;
    this.#size -= 1;
  }
}
