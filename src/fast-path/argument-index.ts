import { deliver } from '../entry.js';
import type { KeyDerivation } from '../keys/derivation.js';
import { PrimitiveCalls, PrimitiveMark, ReadCalls, type ReadMark } from './argument-tables.js';
import type { LruEntry, LiveEntries } from '../backends/lru/lru-entry.js';

type Settled = KeyDerivation['determinedBy'];
type Mark = PrimitiveMark | ReadMark;

/**
 * The entries that have answered calls with plain arguments, by these: who finds one here need build no
 * key. A call finds here what it would find under its key, or nothing: what an entry is remembered by
 * goes with the entry, and so this holds no more than the store does.
 */
export class Front {
  // Each made when it is needed: there is a front for each object that a method is called on.
  #primitives: PrimitiveCalls | undefined;
  #others: ReadCalls | undefined;

  constructor(
    private readonly residents: LiveEntries,
    private readonly settledBy: Settled,
    private readonly promises: boolean,
  ) {}

  /** The entry of calls with this primitive alone. */
  single(argument: unknown): LruEntry | undefined {
    return this.#primitives?.find(argument);
  }

  /** What `single` finds without a look into a Map. */
  singleAtOnce(argument: unknown): LruEntry | undefined {
    return this.#primitives?.findAtOnce(argument);
  }

  /** The entry of calls with these arguments, which are not one primitive. */
  find(args: readonly unknown[]): LruEntry | undefined {
    return this.#others?.find(args);
  }

  /** What tells a call from others: to be taken before the function may change its arguments. */
  mark(args: readonly unknown[]): Mark | undefined {
    if (isSingle(args)) return new PrimitiveMark(args[0]);
    if (this.settledBy === 'primitives' && !args.every(isPrimitive)) return undefined;
    return (this.#others ??= new ReadCalls()).mark(args);
  }

  /** Remembers what is stored under the key of a call. */
  learn(mark: Mark, key: string): void {
    const entry = this.residents.find(key);
    // An entry is remembered by one mark: where the key is a template, say, there are others.
    if (entry === undefined || entry.memory !== undefined) return;
    entry.answer = this.promises ? Promise.resolve(entry.value) : deliver(entry);
    this.#remember(mark, entry);
  }

  #remember(mark: Mark, entry: LruEntry): void {
    if (mark instanceof PrimitiveMark)
      (this.#primitives ??= new PrimitiveCalls()).learn(mark, entry);
    else this.#others?.learn(mark, entry);
  }
}

/** The front of a function, or of each object that it is called on, which it does not keep alive. */
export class Fronts {
  readonly #own: Front;
  readonly #others = new WeakMap<object, Front>();

  /** `promises`: whether every call of the function answers with a promise. */
  constructor(
    private readonly residents: LiveEntries,
    private readonly settledBy: Settled,
    private readonly promises: boolean,
  ) {
    this.#own = new Front(residents, settledBy, promises);
  }

  /** The one of all calls, where it does not depend on the object that they are on. */
  get only(): Front | undefined {
    return this.settledBy === 'instance' ? undefined : this.#own;
  }

  /** The one for calls on this. Whatever is no object has none. */
  of(self: unknown): Front | undefined {
    if (this.only !== undefined || self === undefined) return this.#own;
    return isObject(self) ? (this.#others.get(self) ?? this.#begin(self)) : undefined;
  }

  #begin(self: object): Front {
    const front = new Front(this.residents, this.settledBy, this.promises);
    this.#others.set(self, front);
    return front;
  }
}

function isObject(value: unknown): value is object {
  return value !== null && (typeof value === 'object' || typeof value === 'function');
}

export function isPrimitive(value: unknown): boolean {
  return !isObject(value);
}

/** Whether the arguments are one primitive. */
export function isSingle(args: readonly unknown[]): boolean {
  return args.length === 1 && isPrimitive(args[0]);
}
