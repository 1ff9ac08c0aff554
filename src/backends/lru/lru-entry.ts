import type { Backend, Entry } from '../../backend.js';
import { tickOf } from '../../platform/coarse-clock.js';

/** The part of an eviction policy that hears of hits. */
export interface AccessPolicy {
  /** An entry whose `used` is this need not be told of another use: it would make no difference. */
  readonly saturated: number;
  access(entry: LruEntry): void;
}

/** Tells of a use, unless that makes no difference. */
export function recordAccess(entry: LruEntry, usage: AccessPolicy): void {
  if (entry.accesses !== usage.saturated) usage.access(entry);
}

/** What a store in process offers to who remembers its entries. */
export interface LiveEntries {
  readonly policy: AccessPolicy;
  /** The entry of a key, which does not count as a use of it. */
  find(key: string): LruEntry | undefined;
  /** The key under which it was found. */
  keyOf(entry: LruEntry): string;
}

const offered = new WeakMap<Backend, LiveEntries>();

/** For backends that answer with residents. Not a property: a copy with another `get` must not have it. */
export function offerEntries<B extends Backend>(backend: B, residents: LiveEntries): B {
  offered.set(backend, residents);
  return backend;
}

/** What a backend offers, if it does: this very object. */
export function entriesOf(backend: Backend): LiveEntries | undefined {
  return offered.get(backend);
}

/** What remembers entries, and forgets them when they are gone. */
export interface Memory {
  forget(entry: LruEntry): void;
}

/** An entry as it lives in `lru`, for who would rather remember it than look it up again. */
export class LruEntry implements Entry {
  // What a hit reads stands first, and so in one line of the processor's cache.
  /** What a hit returns, once it is remembered: the value, or one promise of it for all hits. */
  answer: unknown;
  /** The tick of `freshUntil`: in an earlier one the entry is fresh, in this or a later one it may be. */
  readonly tick: number;
  /** Kept by the eviction policy: when, or how often, the entry was used. */
  accesses: number;
  /** That of what it is remembered by. */
  hash: number;
  /** By what it is remembered. */
  mark: unknown;
  /** What remembers it. */
  memory: Memory | undefined;
  readonly value: unknown;
  readonly promised: boolean;
  readonly freshUntil: number;
  readonly cost: number | undefined;
  /** The key in the store: behind the scope of the function, if it has one. */
  readonly storedKey: string;
  // Its neighbours in the list that it is in.
  previous: LruEntry | undefined;
  next: LruEntry | undefined;

  constructor(storedKey: string, { value, freshUntil, cost, promised = false }: Entry) {
    this.answer = undefined;
    this.tick = tickOf(freshUntil);
    this.accesses = 0;
    this.hash = 0;
    this.mark = undefined;
    this.memory = undefined;
    this.value = value;
    this.promised = promised;
    this.freshUntil = freshUntil;
    this.cost = cost;
    this.storedKey = storedKey;
    this.previous = undefined;
    this.next = undefined;
  }

  /** Nobody remembers it any longer: it was evicted, replaced or deleted, or makes room for another. */
  beForgotten(): void {
    this.memory?.forget(this);
    this.memory = undefined;
    this.mark = undefined;
  }
}
