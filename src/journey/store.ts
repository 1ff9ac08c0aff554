import { monotonicNow } from '../platform/clock.js';
import type { Entry } from '../backend.js';
import type { SkipReason } from '../events.js';
import { jittered, longestWindow, type Windows } from './freshness.js';
import { deleteStored } from './invalidate.js';
import { Lease } from './lease.js';
import { then, type MaybePromise } from '../platform/maybe-promise.js';
import type { Context } from './context.js';
import type { Flight, FillOutcome } from '../flight/single-flight.js';

/**
 * What lets a value be stored: a lease; nothing, on a backend that needs none; or the reason why it may
 * not be.
 */
export type StorePermit = Lease | undefined | SkipReason;

export interface Computed {
  readonly value: unknown;
  readonly args: readonly unknown[];
  readonly promised: boolean;
  readonly cost: number;
  /** Whether the value is to take the place of another, which must go even if this one is not stored. */
  readonly mustReplace: boolean;
  /** Whether an older value was found, which must go if this one is not to be stored. */
  readonly foundOlder?: boolean;
  readonly flight?: Flight;
  readonly permit?: StorePermit;
}

/** Stores what was computed, if it is to be stored and may be. Never fails. */
export class Store {
  constructor(private readonly context: Context) {}

  put(key: string, made: Computed): MaybePromise<FillOutcome> {
    const { events, unconfirmedDeletes, inProgress } = this.context;
    inProgress.begin();
    const done = then(this.#offer(key, made), (verdict) => {
      if (verdict === 'stored') {
        unconfirmedDeletes.confirm(key);
        events.emit(key, { type: 'store', cost: made.cost });
      } else if (verdict !== 'fenced' && mustDelete(made, verdict)) {
        return then(deleteStored(key, this.context), () => verdict);
      }
      return verdict;
    });
    return then(done, (verdict) => {
      inProgress.end();
      return verdict;
    });
  }

  #offer(key: string, made: Computed): MaybePromise<FillOutcome> {
    const { permit: permit, flight } = made;
    const { backend, events } = this.context;
    const fenced = (): boolean => flight?.fenced === true;
    if (fenced()) return this.#skip(key, 'fenced', permit);
    if (typeof permit === 'string' && !(permit === 'backendDown' && backend.keepsWhileDown)) {
      return this.#skip(key, permit, permit);
    }
    const entry = this.#entry(key, made);
    if (entry === undefined) return this.#unstored(permit); // a callback failed: reported
    if (typeof entry === 'string') return this.#skip(key, entry, permit);
    if (fenced()) return this.#skip(key, 'fenced', permit); // by one of the callbacks
    if (typeof permit === 'string' || backend.isDown(key)) {
      const verdict = this.#skip(key, 'backendDown', permit); // first, since giving a lease back deletes
      backend.setWhileDown(key, entry);
      return verdict;
    }
    if (permit === undefined) {
      return then(backend.set(key, entry), (taken) => (taken ? 'stored' : 'unknown'));
    }
    return permit.fill(entry).then((verdict) => {
      if (verdict === 'fenced') events.emit(key, { type: 'skip', reason: 'fenced' });
      return verdict;
    });
  }

  /** The entry for a value; the reason if there is to be none; nothing if a callback failed. */
  #entry(key: string, { value, args, promised, cost }: Computed): Entry | SkipReason | undefined {
    const { backend, policy } = this.context;
    const wanted = backend.guardCallback('shouldCache', key, () => policy.shouldCache(value, args));
    if (wanted === undefined) return undefined;
    if (!wanted) return 'shouldCache';
    const ttl = backend.guardCallback('ttl', key, () => policy.ttl(value, args));
    if (ttl === undefined) return undefined;
    if (ttl === 0) return 'ttl';
    const freshUntil = monotonicNow() + jittered(ttl, policy.jitter);
    const keepUntil = freshUntil + longestWindow(policy);
    return { value, freshUntil, keepUntil: keepUntil + spare(policy, cost), cost, promised };
  }

  #skip(key: string, reason: SkipReason, permit: StorePermit): MaybePromise<FillOutcome> {
    this.context.events.emit(key, { type: 'skip', reason });
    if (reason !== 'fenced' && reason !== 'backendDown') return this.#unstored(permit);
    if (permit instanceof Lease) void permit.release();
    return reason === 'fenced' ? 'fenced' : 'unknown';
  }

  /** A lease that is not used is given back: that also tells whether the value may be shared. */
  #unstored(permit: StorePermit): MaybePromise<FillOutcome> {
    return permit instanceof Lease ? permit.deleteValue() : 'unstored';
  }
}

/** Time to refresh in, so that the entry is still there for the fill to take its place. */
function spare(windows: Windows, cost: number): number {
  return longestWindow(windows) > 0 || windows.earlyRefresh > 0 ? 4 * cost : 0;
}

/** Whether what stands there is to be deleted: with a lease it is already, if it was to be. */
function mustDelete(
  { mustReplace: mustReplace, foundOlder: foundOlder, permit: permit }: Computed,
  verdict: FillOutcome,
): boolean {
  if (verdict === 'unstored')
    return (mustReplace || foundOlder === true) && !(permit instanceof Lease);
  return mustReplace;
}
