import type { Backend } from './backend.js';
import type { KeyDerivation } from './key/derive.js';
import { hashOf, Reading, type Parts } from './key/reading.js';
import { Resident, type Memory } from './resident.js';

/** Where arguments are read: for one call at a time. */
const reading = new Reading();

type Settled = KeyDerivation['settledBy'];

/** What calls are told by: their one argument, or what was read of all of them. */
type Mark = Single | Read;

class Single {
  constructor(readonly argument: unknown) {}
}

class Read {
  constructor(
    readonly parts: Parts,
    readonly thorough: boolean,
  ) {}
}

/** The entries of calls with one primitive argument, by this. */
class Singles implements Memory {
  readonly entries = new Map<unknown, Resident>();

  learn({ argument }: Single, entry: Resident): void {
    entry.memory = this;
    entry.by = argument;
    this.entries.set(argument, entry);
  }

  forget(entry: Resident): void {
    this.entries.delete(entry.by);
  }
}

/** How many collisions are by chance, beside a sixteenth of the entries. */
const MOST_COLLISIONS = 8;

/** The entries of other calls, by what is read of their arguments. Of those with one hash it keeps one. */
class Reads implements Memory {
  readonly #entries = new Map<number, Resident>();
  #collisions = 0;
  /** Whether hashes are of every character: from when they have met too often. */
  #thorough = false;

  find(args: readonly unknown[]): Resident | undefined {
    if (!reading.of(args, this.#thorough)) return undefined;
    const entry = this.#entries.get(reading.hash);
    return entry !== undefined && reading.matches(entry.by as Parts) ? entry : undefined;
  }

  /** What is read of a call's arguments. */
  mark(args: readonly unknown[]): Read | undefined {
    return reading.of(args, this.#thorough) ? new Read(reading.copy(), this.#thorough) : undefined;
  }

  learn({ parts, thorough }: Read, entry: Resident): void {
    if (thorough !== this.#thorough) return; // by a call that the reading itself has made
    const hash = hashOf(parts);
    const other = this.#entries.get(hash);
    if (other !== undefined) {
      other.end();
      this.#collisions += 1;
      if (!thorough && this.#collisions > MOST_COLLISIONS + this.#entries.size / 16) {
        return this.#beThorough();
      }
    }
    entry.memory = this;
    entry.by = parts;
    this.#entries.set(hash, entry);
  }

  forget(entry: Resident): void {
    this.#entries.delete(hashOf(entry.by as Parts));
  }

  /** Begins anew with the better hash. */
  #beThorough(): void {
    this.#thorough = true;
    for (const entry of this.#entries.values()) entry.end();
  }
}

/**
 * The entries that have answered calls with plain arguments, by these: who finds one here
 * need build no key. A call finds here what it would find under its key, or nothing: what an entry is
 * remembered by goes with the entry, and so this holds no more than the store does.
 */
export class Front {
  // Each made when it is needed: there is a front for each object that a method is called on.
  #singles: Singles | undefined;
  #reads: Reads | undefined;

  constructor(
    private readonly backend: Backend,
    private readonly settledBy: Settled,
    private readonly promises: boolean,
  ) {}

  /** The entry of calls with this primitive alone. */
  single(argument: unknown): Resident | undefined {
    if (typeof argument === 'number') {
      const whole = argument | 0; // by what is known to be a small integer, V8 finds sooner
      if (whole === argument) {
        return isMinusZero(argument) ? undefined : this.#singles?.entries.get(whole);
      }
    }
    return this.#singles?.entries.get(argument);
  }

  /** The entry of calls with these arguments. */
  find(args: readonly unknown[]): Resident | undefined {
    return this.#reads?.find(args);
  }

  /** What tells a call from others, as it is before the function may change its arguments. */
  mark(args: readonly unknown[]): Mark | undefined {
    const [a] = args;
    if (args.length === 1 && isPrimitive(a)) return isMinusZero(a) ? undefined : new Single(a);
    if (this.settledBy === 'primitives' && !args.every(isPrimitive)) return undefined;
    return (this.#reads ??= new Reads()).mark(args);
  }

  /** Remembers what is stored under the key of a call. */
  learn(mark: Mark, key: string): void {
    const entry = this.#stored(key);
    // An entry is remembered by one mark: there are others where the key is a template, say.
    if (!(entry instanceof Resident) || entry.memory !== undefined) return;
    entry.key = key;
    entry.answer = this.promises || entry.promised ? Promise.resolve(entry.value) : entry.value;
    if (mark instanceof Single) (this.#singles ??= new Singles()).learn(mark, entry);
    else this.#reads?.learn(mark, entry);
  }

  #stored(key: string): unknown {
    try {
      return this.backend.get(key);
    } catch {
      return undefined; // the call's own look-up has met with it too, and told
    }
  }
}

/** The front of a function, or of each object that it is called on, which it does not keep alive. */
export class Fronts {
  readonly #own: Front;
  readonly #others = new WeakMap<object, Front>();

  constructor(
    private readonly backend: Backend,
    private readonly settledBy: Settled,
    /** Whether every call of the function answers with a promise. */
    private readonly promises: boolean,
  ) {
    this.#own = new Front(backend, settledBy, promises);
  }

  /** The one for calls on this. Whatever is no object has none. */
  of(self: unknown): Front | undefined {
    if (this.settledBy !== 'instance' || self === undefined) return this.#own;
    return isObject(self) ? (this.#others.get(self) ?? this.#begin(self)) : undefined;
  }

  #begin(self: object): Front {
    const front = new Front(this.backend, this.settledBy, this.promises);
    this.#others.set(self, front);
    return front;
  }
}

function isObject(value: unknown): value is object {
  return value !== null && (typeof value === 'object' || typeof value === 'function');
}

export function isPrimitive(value: unknown): boolean {
  return value === null || (typeof value !== 'object' && typeof value !== 'function');
}

function isMinusZero(value: unknown): boolean {
  return value === 0 && Object.is(value, -0);
}
