import type { MaybePromise } from './maybe-promise.js';

/** What a backend keeps under a key. A shared backend turns its time into wall time: see `wallTime`. */
export interface Entry {
  readonly value: unknown;
  /** The time of `now()` until which the value is fresh, in milliseconds; `Infinity` for ever. */
  readonly freshUntil: number;
  /** Whether the function answered with a promise of the value, so that a hit can do the same. */
  readonly promised?: boolean;
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
  get(key: string): MaybePromise<Entry | undefined>;
  /**
   * Whether an operation on the key would fail at once, because the backend knows that it is down. The
   * cache then neither asks nor stores, and computes. Costs next to nothing.
   */
  refuses?(key: string): boolean;
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
