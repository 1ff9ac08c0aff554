import { BackendError } from './errors.js';
import { monotonicNow } from './platform/clock.js';
import type { Time } from './platform/time.js';

/**
 * State of a key on a backend with leases: the token that a guarded write presents. Every write, delete or
 * expiry of the key, by anybody, ends it. Only the backend looks into it. (Kleppmann calls it a fencing
 * token; memcached's is the CAS.)
 */
export type FenceToken = object;

/** Entry of a key on a backend. A shared backend stores wall time: see `toWallTime`. */
export interface Entry {
  readonly value: unknown;
  /**
   * Time of `monotonicNow()`, in milliseconds, until which the value is fresh; `Infinity`: for ever. In a
   * cache with a `clock` it is a time of that clock, as is `keepUntil`.
   */
  readonly freshUntil: number;
  /** Time until which a backend should keep the entry, for stale windows. Not before `freshUntil`, the default. */
  readonly keepUntil?: number;
  /** Milliseconds that the computation took. Absent if the backend does not keep it. */
  readonly cost?: number | undefined;
  /** True if the function returned a promise of the value, so that a hit does the same. */
  readonly promised?: boolean;
  /** State in which the entry was found; of a backend with leases. */
  readonly token?: FenceToken;
  /** `CodecError` that says why the stored bytes cannot be read. Such an entry has no value and is never fresh. */
  readonly unreadable?: unknown;
  /** True for a placeholder: no value, but the lease of a process that computes it. Never fresh. */
  readonly placeholder?: true;
}

/** Outcome of a look-up. */
export type Found =
  | { readonly kind: 'entry'; readonly entry: Entry }
  /** The placeholder of a process that computes the value. */
  | {
      readonly kind: 'leased';
      readonly token: FenceToken | undefined;
      readonly cost: number | undefined;
    }
  /** Bytes that cannot be decoded: as good as an expired entry. */
  | { readonly kind: 'unreadable'; readonly token: FenceToken | undefined }
  | { readonly kind: 'nothing' }
  /** No answer: nobody can tell what is stored. */
  | { readonly kind: 'failed' };

export const NOTHING: Found = { kind: 'nothing' };
export const FAILED: Found = { kind: 'failed' };

/** The token of the state that was found; `undefined` where nothing is, or without leases. */
export function tokenOf(found: Found): FenceToken | undefined {
  if (found.kind === 'entry') return found.entry.token;
  return found.kind === 'leased' || found.kind === 'unreadable' ? found.token : undefined;
}

/** Fresh value that `peek` found. */
export interface Peeked<V> {
  readonly value: V;
  /** Milliseconds since the epoch, or by the `clock` of the cache; `Infinity`: for ever. */
  readonly freshUntil: number;
}

/** True for an entry within its ttl. */
export function isFresh(entry: Entry | undefined, now = monotonicNow): entry is Entry {
  return entry !== undefined && (entry.freshUntil === Infinity || now() < entry.freshUntil);
}

/** Result of `peek`: `undefined` unless a fresh entry was found. */
export function peeked(found: Found, time: Time): Peeked<unknown> | undefined {
  if (found.kind !== 'entry' || !isFresh(found.entry, time.now)) return undefined;
  const { value, freshUntil } = found.entry;
  return { value, freshUntil: time.toWallTime(freshUntil) };
}

/** Result of a hit: a promise exactly when the function returned one. */
export function deliver(entry: Entry): unknown {
  return entry.promised === true ? Promise.resolve(entry.value) : entry.value;
}

/** Checks the answer of a backend, which may be the user's own. Throws a `BackendError` for anything but an entry. */
export function checkEntry(entry: Entry | null | undefined): Entry | undefined {
  if (entry === undefined || entry === null) return undefined;
  if (typeof entry === 'object' && 'value' in entry && typeof entry.freshUntil === 'number') {
    return entry;
  }
  throw new BackendError('the backend returned something that is not an entry');
}
