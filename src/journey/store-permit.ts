import type { Entry } from '../entry.js';
import type { SkipReason } from '../events.js';
import type { Lease } from './lease.js';

/** Permit to store a value. */
export type StorePermit =
  /** A backend without leases: anybody may store. */
  | { readonly kind: 'open' }
  | { readonly kind: 'lease'; readonly lease: Lease }
  | { readonly kind: 'denied'; readonly reason: 'backendDown' | 'leaseHeld' };

export const OPEN: StorePermit = { kind: 'open' };
export const BACKEND_DOWN: StorePermit = { kind: 'denied', reason: 'backendDown' };
export const LEASE_HELD: StorePermit = { kind: 'denied', reason: 'leaseHeld' };

/** Verdict of the options on a value: its entry, why there is none, or that a callback failed. */
export type Worth = Entry | 'ttl' | 'shouldCache' | 'callbackFailed';

/** The step that stores a value, or does not. */
export type StorePlan =
  | { readonly step: 'set'; readonly entry: Entry }
  | { readonly step: 'fill'; readonly entry: Entry; readonly lease: Lease }
  /** Keep it in this process while the backend is down. */
  | { readonly step: 'keepWhileDown'; readonly entry: Entry }
  /** The value is as good as any, but must not or cannot be stored: a lease is released. */
  | { readonly step: 'skip'; readonly reason: 'fenced' | 'backendDown' | 'leaseHeld' }
  /** The value is not to be stored: with a lease, the state that it would have replaced is deleted. */
  | { readonly step: 'decline'; readonly reason: 'ttl' | 'shouldCache' | 'callbackFailed' };

export interface StoreState {
  readonly permit: StorePermit;
  /** True if the flight was fenced: the key was invalidated or written meanwhile. */
  readonly fenced: boolean;
  /** True if this process keeps entries for itself while the backend is down. */
  readonly keepsWhileDown: boolean;
}

/** Why a value must not be stored, whatever the options say of it; `undefined` if they have to be asked. */
export function refusal(state: StoreState): Exclude<SkipReason, 'ttl' | 'shouldCache'> | undefined {
  const { permit, fenced, keepsWhileDown } = state;
  if (fenced) return 'fenced';
  if (permit.kind !== 'denied') return undefined;
  return permit.reason === 'backendDown' && keepsWhileDown ? undefined : permit.reason;
}

/**
 * Decides on the store. `down`: the backend knows that it is down. The first line that applies counts:
 *
 *     fenced   permit              worth                 backend         plan
 *     yes                                                                skip: fenced
 *              denied: leaseHeld                                         skip: leaseHeld
 *              denied: backendDown                       keeps nothing   skip: backendDown
 *                                  callbackFailed                        decline, without an event of its own
 *                                  ttl, shouldCache                      decline
 *              denied: backendDown entry                 keeps it        keepWhileDown
 *              open, lease         entry                 down, keeps it  keepWhileDown
 *              open, lease         entry                 down            skip: backendDown
 *              open                entry                 up              set
 *              lease               entry                 up              fill
 */
export function decideStore(state: StoreState, worth: Worth, down: boolean): StorePlan {
  const { permit, keepsWhileDown } = state;
  const reason = refusal(state);
  if (reason !== undefined) return { step: 'skip', reason };
  if (typeof worth === 'string') return { step: 'decline', reason: worth };
  if (permit.kind === 'denied' || down) {
    return keepsWhileDown
      ? { step: 'keepWhileDown', entry: worth }
      : { step: 'skip', reason: 'backendDown' };
  }
  return permit.kind === 'lease'
    ? { step: 'fill', entry: worth, lease: permit.lease }
    : { step: 'set', entry: worth };
}
