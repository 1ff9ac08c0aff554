import type { Backend } from '../../backend.js';
import type { Entry } from '../../entry.js';

/** The part of an eviction policy that records accesses. */
export interface AccessPolicy {
  /** Further accesses of an entry within one epoch make no difference. `NaN` if every access counts. */
  readonly epoch: number;
  access(entry: LruEntry): void;
}

/** Records an access, unless it makes no difference to the policy. */
export function recordAccess(entry: LruEntry, policy: AccessPolicy): void {
  if (entry.accesses !== policy.epoch) policy.access(entry);
}

/** The entries of an `lru`, for the fast path, which keeps references instead of looking entries up by key. */
export interface LiveEntries {
  readonly policy: AccessPolicy;
  /** The entry of a key. Does not count as an access. */
  find(key: string): LruEntry | undefined;
}

/** Place of an entry in another table. */
export interface Slot {
  /** Called when the entry has left the store: it was evicted, replaced or deleted. */
  remove(): void;
}

/** A node of the LRU. */
export class LruEntry implements Entry {
  readonly value: unknown;
  readonly freshUntil: number;
  /** Written by the eviction policy: the epoch of the last access, or the number of accesses. */
  accesses = 0;
  /** Place in another table, which is told when the entry leaves the store. */
  slot: Slot | undefined = undefined;
  readonly promised: boolean;
  readonly cost: number | undefined;
  readonly key: string;
  // Neighbours in the `LinkedList` of the eviction policy.
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

/** Offers the entries of a backend to the fast path. Not by a property, which a copy with another `get` would have. */
export function offerEntries<B extends Backend>(backend: B, entries: LiveEntries): B {
  offered.set(backend, entries);
  return backend;
}

/** The entries that this backend object offers; `undefined` if it offers none. */
export function entriesOf(backend: Backend): LiveEntries | undefined {
  return offered.get(backend);
}
