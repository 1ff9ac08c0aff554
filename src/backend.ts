import type { Entry, FenceToken } from './entry.js';
import type { MaybePromise } from './platform/maybe-promise.js';

/**
 * Commands by which a fleet computes a value once and stores none that was computed before an invalidation
 * (the leases of Nishtala et al., "Scaling Memcache at Facebook", NSDI 2013). Every command settles within
 * the backend's `deadline`. A rejection means that nobody can tell what has happened.
 */
export interface Leases {
  /** Puts a placeholder where nothing is, for at least `ttl` milliseconds. `'held'`: something was there. */
  acquire(key: string, ttl: number, cost?: number): Promise<FenceToken | 'held'>;
  /** Replaces the state of this token by a placeholder. `'fenced'`: the token has ended. */
  renew(key: string, token: FenceToken, ttl: number, cost?: number): Promise<FenceToken | 'fenced'>;
  /**
   * Ends every token of the key. An existing entry keeps its value. A missing key, or the placeholder of
   * another holder, becomes a placeholder of the caller. Resolves to the new token and to which of the two
   * it stands for.
   */
  takeOver(key: string, ttl: number): Promise<{ token: FenceToken; placeholder: boolean }>;
  /** Name of the auxiliary key that holds the refresh lease of exactly this state of the entry. */
  refreshLeaseKey(key: string, token: FenceToken): string;
  /** `set` in the place of this token's state. `'fenced'`: the token has ended. */
  fill(key: string, entry: Entry, token: FenceToken): Promise<'stored' | 'fenced'>;
  /** `delete` of this token's state. Resolves to false if the token has ended. */
  release(key: string, token: FenceToken): Promise<boolean>;
}

/**
 * The port: where entries live. `lru`, `memcached` and `tiered` implement it, and so can you. Check yours
 * with `backendContract` of `memoaside/testing`.
 *
 * - `get` returns an `Entry`, or `undefined` where nothing is. Absence is never a value.
 * - A key is a string of any length, empty ones included. A backend fits it to its own limits, so that two
 *   keys never meet.
 * - A backend may throw or reject. Callers never see that: it becomes an `error` event and a miss.
 * - `get` after `set`, `delete` or `clear` of the same process sees their effect, awaited or not.
 * - A shared backend sends a `get` no earlier than the end of the synchronous run that asked for it.
 */
export interface Backend {
  /** Name in events and messages: `'lru'`, `'memcached'`. */
  readonly name: string;
  /** True if every method returns at once, without a promise. */
  readonly sync: boolean;
  /** True if other processes, or this one after a restart, see the same entries. */
  readonly shared: boolean;
  /** Milliseconds within which each operation settles by itself. Absent: the cache sets 1,000. */
  readonly deadline?: number;
  /** Leases, if the backend can compare and swap. Only together with `deadline`. */
  readonly leases?: Leases;
  /**
   * The backend under whose keys this one keeps its entries, for a backend in front of another. The two
   * then share what the process knows of their keys: names in use, computations, unconfirmed deletes.
   */
  readonly keyspace?: Backend;
  /** True if a listener of the backend's own hears when it fails. Functions then do not warn of that. */
  readonly hasListener?: boolean;
  get(key: string): MaybePromise<Entry | undefined>;
  /**
   * True if an operation on the key would fail at once, because the backend knows that it is down. The
   * cache then neither asks nor stores, and computes, unless `whileDown` has an entry. Asked on every call:
   * it must cost next to nothing.
   */
  isDown?(key: string): boolean;
  /**
   * Entries that this process keeps for itself while the backend is down: computed values go here, and
   * look-ups come here. `delete` of the backend removes them too. Only together with `deadline`.
   */
  readonly whileDown?: Pick<SyncBackend, 'get' | 'set'>;
  /** Keeps the entry. Throws or rejects with a `CodecError` for a value that it cannot keep as it is. */
  set(key: string, entry: Entry): MaybePromise<void>;
  /** Removes the entry, if there is one. */
  delete(key: string): MaybePromise<void>;
  /** Removes every entry whose key starts with the prefix; of backends in process only. */
  clear?(prefix: string): MaybePromise<void>;
  /** Releases what the backend holds. Final, idempotent, and bounded in time. */
  close?(): MaybePromise<void>;
}

/** A backend that returns promises. Every function on it returns promises too. */
export interface AsyncBackend extends Backend {
  readonly sync: false;
}

/** A backend that returns at once. A synchronous function on it stays synchronous. */
export interface SyncBackend extends Backend {
  readonly sync: true;
  get(key: string): Entry | undefined;
  set(key: string, entry: Entry): void;
  delete(key: string): void;
  clear?(prefix: string): void;
}
