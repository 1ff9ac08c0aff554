import { hashOf, Reading, type Tokens } from './key/reading.js';
import type { Memory, Resident } from './resident.js';

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
  readonly #entries = new Map<unknown, Resident>();

  find(argument: unknown): Resident | undefined {
    if (typeof argument !== 'number') return this.#entries.get(argument);
    const whole = argument | 0;
    if (whole !== argument) return this.#entries.get(argument);
    // V8 looks up sooner what it knows to be a small integer. A Map takes -0 for 0.
    return isMinusZero(argument) ? undefined : this.#entries.get(whole);
  }

  mark(argument: unknown): PrimitiveMark | undefined {
    return isMinusZero(argument) ? undefined : new PrimitiveMark(argument);
  }

  learn({ argument }: PrimitiveMark, entry: Resident): void {
    entry.memory = this;
    entry.mark = argument;
    this.#entries.set(argument, entry);
  }

  forget(entry: Resident): void {
    this.#entries.delete(entry.mark);
  }
}

/** How many collisions, beside a sixteenth of the entries, are taken for chance. */
const MAX_COLLISIONS = 8;

/** The entries of other calls. Of those whose tokens have one hash it remembers one. */
export class ReadCalls implements Memory {
  readonly #entries = new Map<number, Resident>();
  #collisions = 0;
  /** Whether hashes are of every character: from when too many have collided. */
  #thorough = false;

  find(args: readonly unknown[]): Resident | undefined {
    if (!reader.of(args, this.#thorough)) return undefined;
    const entry = this.#entries.get(reader.hash);
    return entry !== undefined && reader.matches(entry.mark as Tokens) ? entry : undefined;
  }

  mark(args: readonly unknown[]): ReadMark | undefined {
    return reader.of(args, this.#thorough)
      ? new ReadMark(reader.copy(), this.#thorough)
      : undefined;
  }

  learn({ tokens, thorough }: ReadMark, entry: Resident): void {
    const hash = hashOf(tokens);
    const other = this.#entries.get(hash);
    if (other !== undefined) {
      other.beForgotten();
      this.#collisions += 1;
      if (this.#collisions > MAX_COLLISIONS + this.#entries.size / 16) this.#beThorough();
    }
    if (thorough !== this.#thorough) return; // its next call is read with the other hash
    entry.memory = this;
    entry.mark = tokens;
    this.#entries.set(hash, entry);
  }

  forget(entry: Resident): void {
    this.#entries.delete(hashOf(entry.mark as Tokens));
  }

  /** Begins anew with the better hash, once. */
  #beThorough(): void {
    if (this.#thorough) return;
    this.#thorough = true;
    for (const entry of this.#entries.values()) entry.beForgotten();
  }
}

function isMinusZero(value: unknown): boolean {
  return value === 0 && Object.is(value, -0);
}
