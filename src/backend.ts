import type { MaybePromise } from './platform/maybe-promise.js';

/** One state of a key: whatever is written there gives it another. Only the backend looks into it. */
export type FenceToken = object;

/** What a backend keeps under a key. A shared backend turns its time into wall time: see `toWallTime`. */
export interface Entry {
  readonly value: unknown;
  /** The time of `monotonicNow()` until which the value is fresh, in milliseconds; `Infinity` for ever. */
  readonly freshUntil: number;
  /** Until when it may be served stale, and so is to be kept; not before `freshUntil`, its default. */
  readonly keepUntil?: number;
  /** Milliseconds that the computation took, if the backend can keep that. */
  readonly cost?: number | undefined;
  /** Whether the function answered with a promise of the value, so that a hit can do the same. */
  readonly promised?: boolean;
  /** Of a backend with leases: the state in which it was found. */
  readonly token?: FenceToken;
  /** Why what is stored cannot be read: a `CodecError`, with no value, and never fresh. */
  readonly unreadable?: unknown;
  /** Of a backend with leases: no value, but the lease of somebody who computes it. Never fresh. */
  readonly placeholder?: true;
}

/**
 * What a shared backend needs so that a fleet computes a value once, and stores none that was computed
 * before an invalidation. Every method settles within the backend's `deadline`; a rejection means that
 * it cannot be told what has happened.
 *
 * A token ends with every write, delete or expiry of its key, by whomever.
 */
export interface Leases {
  /** Puts a placeholder where nothing is, for `ttl` milliseconds at least. `held`: there was something. */
  acquire(key: string, ttl: number, cost?: number): Promise<FenceToken | 'held'>;
  /** Puts a placeholder in the place of this token. `fenced`: that token has ended. */
  renew(key: string, token: FenceToken, ttl: number, cost?: number): Promise<FenceToken | 'fenced'>;
  /**
   * Ends every token of the key. An entry stays as it is; a placeholder, or nothing, becomes a
   * placeholder of the caller's. Answers the new token, and which of these it is.
   */
  takeOver(key: string, ttl: number): Promise<{ token: FenceToken; placeholder: boolean }>;
  /** A key that nobody uses otherwise, and that is of this token of the entry alone. */
  refreshLeaseKey(key: string, token: FenceToken): string;
  /** `set`, in the place of this token. `fenced`: that token has ended. */
  fill(key: string, entry: Entry, token: FenceToken): Promise<'stored' | 'fenced'>;
  /** `delete`, of this token. Answers whether it had not ended. */
  release(key: string, token: FenceToken): Promise<boolean>;
}

/**
 * Where entries live: the port that `lru` and `memcached` implement, and that you can. Check yours
 * with `backendContract` from `memoaside/testing`.
 *
 * - `get` answers an `Entry` or `undefined`: absence is never a value.
 * - A key is any non-empty or empty text of any length; a backend fits it to its own limits, so that two
 *   keys never meet.
 * - A backend may throw or reject: the caller never sees it, the cache reports it as an event.
 * - `get` after `set`, `delete` or `clear` by the same process sees their effect, awaited or not.
 * - A shared backend sends a `get` no earlier than the end of the synchronous run that asked for it.
 */
export interface Backend {
  /** Appears in events and messages: `'lru'`, `'memcached'`. */
  readonly name: string;
  /** Whether every method answers at once, without a promise. */
  readonly sync: boolean;
  /** Whether other processes, or this one after a restart, see the same entries. */
  readonly shared: boolean;
  /**
   * Milliseconds within which each operation settles by itself. Without it the cache sets a deadline
   * of its own.
   */
  readonly deadline?: number;
  /** What makes a fleet compute once. Only beside a `deadline`. */
  readonly leases?: Leases;
  get(key: string): MaybePromise<Entry | undefined>;
  /**
   * Whether an operation on the key would fail at once, because the backend knows that it is down. The
   * cache then neither asks nor stores, and computes, unless `local` has an entry. Costs next to nothing.
   */
  isDown?(key: string): boolean;
  /**
   * Entries that this process keeps for itself: what is asked, and given what is computed, while the backend
   * refuses. `delete` forgets them too. Of tiers; only beside a `deadline`.
   */
  readonly whileDown?: Pick<SyncBackend, 'get' | 'set'>;
  /** Keeps the entry. Throws or rejects with a `CodecError` for a value that it cannot keep as it is. */
  set(key: string, entry: Entry): MaybePromise<void>;
  /** Removes the entry, if there is one. */
  delete(key: string): MaybePromise<void>;
  /** Removes every entry whose key starts with the prefix: of in-process backends only. */
  clear?(prefix: string): MaybePromise<void>;
  /** Releases what the backend holds: final, idempotent, with a bound on its time. */
  close?(): MaybePromise<void>;
}

/** A backend that answers with promises. Every function on it does too. */
export interface AsyncBackend extends Backend {
  readonly sync: false;
}

/** A backend that answers at once. A synchronous function on it stays synchronous. */
export interface SyncBackend extends Backend {
  readonly sync: true;
  get(key: string): Entry | undefined;
  set(key: string, entry: Entry): void;
  delete(key: string): void;
  clear?(prefix: string): void;
}
