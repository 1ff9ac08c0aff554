import type { Entry } from '../backend.js';
import { Resident, type Usage } from '../resident.js';

/** Which entry goes when there is room for no more. Told of all that are added, used and removed. */
export interface Eviction extends Usage {
  /** `replaced`: the one that had its key, removed by now. */
  add(entry: Resident, replaced: Resident | undefined): void;
  remove(entry: Resident): void;
  /** The entry to remove: one of those that were added. */
  victim(): Resident | undefined;
}

/** Entries by their keys, no more than `max` of them. */
export class Shelf {
  readonly #entries = new Map<string, Resident>();

  constructor(
    private readonly max: number,
    private readonly eviction: Eviction,
  ) {}

  get(key: string): Resident | undefined {
    const entry = this.#entries.get(key);
    if (entry !== undefined && entry.used !== this.eviction.enough) this.eviction.use(entry);
    return entry;
  }

  set(key: string, stored: Entry): void {
    const replaced = this.#entries.get(key);
    // Before it is added: it might be chosen itself.
    const victim = replaced ?? (this.#entries.size < this.max ? undefined : this.eviction.victim());
    if (victim !== undefined) this.#remove(victim);
    const entry = new Resident(key, stored);
    this.#entries.set(key, entry);
    this.eviction.add(entry, replaced);
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined) this.#remove(entry);
  }

  /** Deletes every entry whose key starts with the prefix. */
  clear(prefix: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(prefix)) this.delete(key);
  }

  #remove(entry: Resident): void {
    this.#entries.delete(entry.place);
    this.eviction.remove(entry);
    entry.end();
  }
}
