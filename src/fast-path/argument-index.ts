import type { LruEntry } from '../backends/lru/lru-entry.js';
import type { Token } from '../keys/tokens.js';
import { ArgumentSlot, type SlotTable } from './argument-slot.js';
import { DecisionTrie } from './decision-trie.js';

/**
 * Kind of an argument list. `single`: one primitive. `primitives`: any other number of them. `structured`:
 * objects among them, or -0, which a Map takes for 0.
 */
export type ListKind = 'single' | 'primitives' | 'structured';

export function kindOfList(args: readonly unknown[]): ListKind {
  for (const arg of args) {
    if (typeof arg === 'number' ? Object.is(arg, -0) : isObject(arg)) return 'structured';
  }
  return args.length === 1 ? 'single' : 'primitives';
}

/**
 * Entries by plain arguments, so that a hit need not build a key. The index never disagrees with the store:
 * it finds the entry that the key would find, or nothing. An entry is in it once, and leaves it when it
 * leaves the store, so the index holds no more than the store does.
 */
export class ArgumentIndex {
  // Each made when it is needed: methods have one index for each object that they are called on.
  #singles: SingleTable | undefined;
  #primitives: TrieTable | undefined;
  #structured: TrieTable | undefined;

  /** The slot of calls with this primitive alone. */
  single(argument: unknown): ArgumentSlot | undefined {
    return this.#singles?.find(argument);
  }

  /** The table of single primitives, for a function that has but one index. */
  get singles(): SingleTable {
    return (this.#singles ??= new SingleTable());
  }

  /** The slot of calls with these two primitives. */
  pair(first: unknown, second: unknown): ArgumentSlot | undefined {
    return this.#primitives?.trie.findPair(first as Token, second as Token);
  }

  /** The slot of calls with these primitives. */
  primitives(args: readonly unknown[]): ArgumentSlot | undefined {
    return this.#primitives?.trie.find(args as readonly Token[], args.length);
  }

  /** The slot of calls whose arguments have the first `count` of these tokens. */
  structured(tokens: readonly Token[], count: number): ArgumentSlot | undefined {
    return this.#structured?.trie.find(tokens, count);
  }

  /** Adds an entry that is in no index yet. */
  add(
    entry: LruEntry,
    kind: ListKind,
    tokens: readonly Token[],
    key: string,
    answer: unknown,
  ): void {
    if (kind === 'single') this.singles.add(entry, tokens[0], key, answer);
    else if (kind === 'primitives') {
      (this.#primitives ??= new TrieTable()).add(entry, tokens, key, answer);
    } else (this.#structured ??= new TrieTable()).add(entry, tokens, key, answer);
  }
}

/** Slots by single primitives. Two Maps, since V8 is faster on keys of one type. */
class SingleTable implements SlotTable<unknown> {
  readonly numbers = new Map<number, ArgumentSlot>();
  readonly others = new Map<unknown, ArgumentSlot>();
  /** The slot of 0, which a Map could not tell from -0. */
  #zero: ArgumentSlot | undefined;

  find(argument: unknown): ArgumentSlot | undefined {
    if (typeof argument !== 'number') return this.others.get(argument);
    if (argument !== 0) return this.numbers.get(argument);
    return Object.is(argument, -0) ? undefined : this.#zero;
  }

  add(entry: LruEntry, argument: unknown, key: string, answer: unknown): void {
    const slot = new ArgumentSlot(this, entry, argument, key, answer);
    if (argument === 0) this.#zero = slot;
    else if (typeof argument === 'number') this.numbers.set(argument, slot);
    else this.others.set(argument, slot);
    entry.slot = slot;
  }

  remove({ tokens: argument }: ArgumentSlot): void {
    if (argument === 0) this.#zero = undefined;
    else if (typeof argument === 'number') this.numbers.delete(argument);
    else this.others.delete(argument);
  }
}

type Tokens = readonly Token[];

class TrieTable implements SlotTable<Tokens> {
  readonly trie = new DecisionTrie<ArgumentSlot<Tokens>>();

  add(entry: LruEntry, tokens: Tokens, key: string, answer: unknown): void {
    const slot = new ArgumentSlot(this, entry, tokens, key, answer);
    const displaced = this.trie.add(slot);
    if (displaced !== undefined) displaced.entry.slot = undefined;
    entry.slot = slot;
  }

  remove(slot: ArgumentSlot<Tokens>): void {
    this.trie.remove(slot);
  }
}

/** The index of a function, or of each object that a method is called on, which is not kept alive. */
export class InstanceIndexes {
  /** The index for calls on no object. */
  readonly shared = new ArgumentIndex();
  readonly #perInstance = new WeakMap<object, ArgumentIndex>();

  /** The index for calls on this; `undefined` for calls on a primitive. */
  of(self: unknown): ArgumentIndex | undefined {
    if (self === undefined) return this.shared;
    if (!isObject(self)) return undefined;
    return this.#perInstance.get(self) ?? this.#add(self);
  }

  #add(self: object): ArgumentIndex {
    const index = new ArgumentIndex();
    this.#perInstance.set(self, index);
    return index;
  }
}

function isObject(value: unknown): value is object {
  return value !== null && (typeof value === 'object' || typeof value === 'function');
}
