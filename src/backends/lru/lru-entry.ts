import type { Backend } from '../../backend.js';
import type { Entry } from '../../entry.js';

/** The part of an eviction policy that hears of hits. */
export interface AccessPolicy {
  /** A hit on an entry that was hit in this epoch makes no difference. `NaN` if every hit does. */
  readonly epoch: number;
  access(entry: LruEntry): void;
}

/** Records a hit, unless that makes no difference to the policy. */
export function recordAccess(entry: LruEntry, policy: AccessPolicy): void {
  if (entry.accesses !== policy.epoch) policy.access(entry);
}

/** The entries of an `lru`, for a reader that holds on to them instead of looking them up. */
export interface LiveEntries {
  readonly policy: AccessPolicy;
  /** The entry of a key. Does not count as a hit. */
  find(key: string): LruEntry | undefined;
}

/** Place of an entry in another table. */
export interface Slot {
  /** The entry has left the store: it was evicted, replaced or deleted. */
  remove(): void;
}

/** A node of the LRU. */
export class LruEntry implements Entry {
  readonly value: unknown;
  readonly freshUntil: number;
  /** Kept by the eviction policy: the epoch of the last hit, or the number of hits. */
  accesses = 0;
  /** Place in a table that is told when the entry leaves the store. */
  slot: Slot | undefined = undefined;
  readonly promised: boolean;
  readonly cost: number | undefined;
  readonly key: string;
  // Neighbours in the list of the eviction policy.
  previous: LruEntry | undefined = undefined;
  next: LruEntry | undefined = undefined;

  constructor(key: string, { value, freshUntil, cost, promised = false }: Entry) {
    this.value = value;
    this.freshUntil = freshUntil;
    this.promised = promised;
    this.cost = cost;
    this.key = key;
  }
}

const offered = new WeakMap<Backend, LiveEntries>();

/** Offers the entries of a backend. Not by a property: a copy with another `get` must not have it. */
export function offerEntries<B extends Backend>(backend: B, entries: LiveEntries): B {
  offered.set(backend, entries);
  return backend;
}

/** The entries that this very backend offers; `undefined` if it offers none. */
export function entriesOf(backend: Backend): LiveEntries | undefined {
  return offered.get(backend);
}
