import type { LruEntry } from '../backends/lru/lru-entry.js';

/** How many slots, from its home on, an entry may be in. */
const WINDOW = 8;
/** Homes that it begins with. */
const LEAST = 4;
/** How many collisions, beside one in sixteen additions, are taken for chance. */
const MAX_COLLISIONS = 8;

/**
 * Remembered entries by their hash, one for each, in an array (open addressing): the one that is looked for
 * is at home there, or in one of the few slots behind, where a Map takes three steps to find it. Hashes in a
 * row have homes in a row. Where too many have homes side by side, a Map takes those that find no slot.
 */
export class HashTable {
  /** As many homes as a power of two, twice as many as entries or more, and the slots behind the last. */
  #slots = emptySlots(LEAST);
  #mask = LEAST - 1;
  #count = 0;
  #crowded: Map<number, LruEntry> | undefined;
  #added = 0;
  #collisions = 0;

  /** Whether entries have had the hash of others more often than by chance: a better hash is called for. */
  get collides(): boolean {
    return this.#collisions > MAX_COLLISIONS + this.#added / 16;
  }

  find(hash: number): LruEntry | undefined {
    const home = homeOf(hash) & this.#mask;
    for (let slot = home; slot < home + WINDOW; slot += 1) {
      const entry = this.#slots[slot];
      // Not `entry?.hash`: what may be undefined is compared by a call.
      if (entry !== undefined) if (entry.hash === hash) return entry;
    }
    return this.#crowded?.get(hash);
  }

  /** The same, if that is at home. */
  atHome(hash: number): LruEntry | undefined {
    const entry = this.#slots[homeOf(hash) & this.#mask];
    if (entry !== undefined) if (entry.hash === hash) return entry;
    return undefined;
  }

  /** Adds an entry; another that has its hash is forgotten. */
  add(entry: LruEntry): void {
    this.#added += 1;
    const other = this.find(entry.hash);
    if (other !== undefined) {
      this.#collisions += 1;
      other.beForgotten();
    }
    this.#put(entry);
  }

  /** Takes one out that is here. */
  delete(entry: LruEntry): void {
    const slot = this.#slotOf(entry, entry.hash);
    if (slot === undefined) this.#crowded?.delete(entry.hash);
    else this.#slots[slot] = undefined;
    this.#count -= 1;
    if (this.#mask > LEAST && 8 * this.#count < this.#mask) this.#resize((this.#mask + 1) / 2);
  }

  *[Symbol.iterator](): Iterator<LruEntry> {
    for (const entry of this.#slots) if (entry !== undefined) yield entry;
    if (this.#crowded !== undefined) yield* this.#crowded.values();
  }

  #put(entry: LruEntry): void {
    if (2 * this.#count > this.#mask) this.#resize(2 * (this.#mask + 1));
    const slot = this.#slotOf(undefined, entry.hash);
    this.#count += 1;
    if (slot === undefined) (this.#crowded ??= new Map()).set(entry.hash, entry);
    else this.#slots[slot] = entry;
  }

  /** The slot that holds the entry, or for `undefined` an empty one, of those that the hash may be in. */
  #slotOf(entry: LruEntry | undefined, hash: number): number | undefined {
    const home = homeOf(hash) & this.#mask;
    for (let slot = home; slot < home + WINDOW; slot += 1)
      if (this.#slots[slot] === entry) return slot;
    return undefined;
  }

  #resize(homes: number): void {
    const all = [...this];
    this.#slots = emptySlots(homes);
    this.#mask = homes - 1;
    this.#count = 0;
    this.#crowded = undefined;
    for (const entry of all) this.#put(entry);
  }
}

function homeOf(hash: number): number {
  return hash ^ (hash >>> 15);
}

/** Without holes: what is missing would be looked for along the prototypes. */
function emptySlots(homes: number): (LruEntry | undefined)[] {
  return Array.from({ length: homes + WINDOW - 1 }, () => undefined);
}
