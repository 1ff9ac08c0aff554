import { HashTable } from './hash-table.js';
import { Reading } from './argument-reader.js';
import { arePrimitives, hashOf, hashOfPrimitives, type Tokens } from './argument-tokens.js';
import type { Memory, LruEntry } from '../backends/lru/lru-entry.js';

/** Reads the arguments of one call at a time. */
const reader = new Reading();

/** Tells the calls with this primitive alone from others. */
export class PrimitiveMark {
  constructor(readonly argument: unknown) {}
}

/** Tells other calls apart, by what is read of their arguments. */
export class ReadMark {
  constructor(
    readonly tokens: Tokens,
    readonly thorough: boolean,
  ) {}
}

/** The entries of calls with one primitive. */
export class PrimitiveCalls implements Memory {
  // Each made when it is needed: there is one of these for each object that a method is called on.
  #integers: HashTable | undefined;
  #texts: HashTable | undefined;
  #others: Map<unknown, LruEntry> | undefined;
  /** Whether texts are among the others, where all of each is read: from when too many had one hash. */
  #thorough = false;

  find(argument: unknown): LruEntry | undefined {
    if (isInteger(argument)) return this.#integers?.find(argument);
    return this.findAtOnce(argument) ?? this.#others?.get(argument);
  }

  /** What `find` finds without a look into a Map: an integer at home, or a text. */
  findAtOnce(argument: unknown): LruEntry | undefined {
    if (typeof argument === 'number') {
      return isInteger(argument) ? this.#integers?.atHome(argument) : undefined;
    }
    if (typeof argument !== 'string') return undefined;
    const entry = this.#texts?.find(hashOfText(argument));
    return entry?.mark === argument ? entry : undefined;
  }

  learn({ argument }: PrimitiveMark, entry: LruEntry): void {
    entry.memory = this;
    entry.mark = argument;
    if (isInteger(argument)) {
      entry.hash = argument | 0; // V8 may have kept it as it keeps fractions
      (this.#integers ??= new HashTable()).add(entry);
    } else if (typeof argument === 'string' && !this.#thorough) {
      entry.hash = hashOfText(argument);
      (this.#texts ??= new HashTable()).add(entry);
      if (this.#texts.collides) this.#beThorough(this.#texts);
    } else (this.#others ??= new Map()).set(argument, entry);
  }

  forget(entry: LruEntry): void {
    if (isInteger(entry.mark)) this.#integers?.delete(entry);
    else if (typeof entry.mark === 'string' && !this.#thorough) this.#texts?.delete(entry);
    else this.#others?.delete(entry.mark);
  }

  #beThorough(texts: HashTable): void {
    this.#thorough = true;
    this.#texts = undefined;
    this.#others ??= new Map();
    for (const entry of texts) this.#others.set(entry.mark, entry);
  }
}

/** The entries of other calls. Of those whose tokens have one hash it remembers one. */
export class ReadCalls implements Memory {
  readonly #entries = new HashTable();
  /** Whether hashes are of every character: from when too many have collided. */
  #thorough = false;

  find(args: readonly unknown[]): LruEntry | undefined {
    const hash = hashOfPrimitives(args, this.#thorough);
    if (hash !== undefined) {
      const entry = this.#entries.find(hash);
      return entry !== undefined && arePrimitives(args, entry.mark as Tokens) ? entry : undefined;
    }
    if (!reader.of(args, this.#thorough)) return undefined;
    const entry = this.#entries.find(reader.hash);
    return entry !== undefined && reader.matches(entry.mark as Tokens) ? entry : undefined;
  }

  mark(args: readonly unknown[]): ReadMark | undefined {
    return reader.of(args, this.#thorough)
      ? new ReadMark(reader.copy(), this.#thorough)
      : undefined;
  }

  learn({ tokens, thorough }: ReadMark, entry: LruEntry): void {
    if (thorough !== this.#thorough) return; // its next call is read with the other hash
    entry.memory = this;
    entry.mark = tokens;
    entry.hash = hashOf(tokens);
    this.#entries.add(entry);
    if (this.#entries.collides && !this.#thorough) this.#beThorough();
  }

  forget(entry: LruEntry): void {
    this.#entries.delete(entry);
  }

  /** Begins anew with the better hash. */
  #beThorough(): void {
    this.#thorough = true;
    for (const entry of [...this.#entries]) entry.beForgotten();
  }
}

/**
 * Of its length and eight characters: the last four, and four from before them. More than `withText` takes,
 * since here nothing else tells calls apart.
 */
function hashOfText(text: string): number {
  const { length } = text;
  let hash = length;
  const last = Math.max(length - 4, 0);
  for (let at = length - 1; at >= last; at -= 1) hash = (hash << 5) ^ text.charCodeAt(at);
  const step = (last >> 2) + 1;
  for (let at = last - 1; at >= 0; at -= step) hash = Math.imul(hash, 31) ^ text.charCodeAt(at);
  const product = Math.imul(hash, 0x9e3779b1); // which spreads it upwards
  return product ^ (product >>> 16);
}

/** Whether it is an integer of 32 bits. */
function isInteger(value: unknown): value is number {
  return typeof value === 'number' && (value | 0) === value && !Object.is(value, -0);
}
