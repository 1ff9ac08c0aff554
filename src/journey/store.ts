import { now } from '../platform/clock.js';
import type { Entry } from '../backend.js';
import type { SkipReason } from '../events.js';
import { jittered, longestWindow, type Windows } from './freshness.js';
import { forget } from './invalidate.js';
import { Lease } from './lease.js';
import { then, type MaybePromise } from '../platform/maybe-promise.js';
import type { Parts } from './context.js';
import type { Flight, Verdict } from '../flight/single-flight.js';

/**
 * What lets a value be stored: a lease; nothing, on a backend that needs none; or the reason why it may
 * not be.
 */
export type Right = Lease | undefined | SkipReason;

export interface Computed {
  readonly value: unknown;
  readonly args: readonly unknown[];
  readonly promised: boolean;
  readonly cost: number;
  /** Whether the value is to take the place of another, which must go even if this one is not stored. */
  readonly replaces: boolean;
  /** Whether an older value was found, which must go if this one is not to be stored. */
  readonly supersedes?: boolean;
  readonly flight?: Flight;
  readonly right?: Right;
}

/** Stores what was computed, if it is to be stored and may be. Never fails. */
export class Filling {
  constructor(private readonly parts: Parts) {}

  store(key: string, made: Computed): MaybePromise<Verdict> {
    const { events, owed, pending } = this.parts;
    pending.begin();
    const done = then(this.#offer(key, made), (verdict) => {
      if (verdict === 'stored') {
        owed.paid(key);
        events.emit(key, { type: 'store', cost: made.cost });
      } else if (verdict !== 'fenced' && mustGo(made, verdict)) {
        return then(forget(key, this.parts), () => verdict);
      }
      return verdict;
    });
    return then(done, (verdict) => {
      pending.end();
      return verdict;
    });
  }

  #offer(key: string, made: Computed): MaybePromise<Verdict> {
    const { right, flight } = made;
    const { backend, events } = this.parts;
    const fenced = (): boolean => flight?.fenced === true;
    if (fenced()) return this.#skip(key, 'fenced', right);
    if (typeof right === 'string' && !(right === 'down' && backend.hasLocal)) {
      return this.#skip(key, right, right);
    }
    const entry = this.#entry(key, made);
    if (entry === undefined) return this.#unstored(right); // a callback failed: reported
    if (typeof entry === 'string') return this.#skip(key, entry, right);
    if (fenced()) return this.#skip(key, 'fenced', right); // by one of the callbacks
    if (typeof right === 'string' || backend.isDown(key)) {
      const verdict = this.#skip(key, 'down', right); // first, since giving a lease back deletes
      backend.setLocal(key, entry);
      return verdict;
    }
    if (right === undefined) {
      return then(backend.set(key, entry), (taken) => (taken ? 'stored' : 'unknown'));
    }
    return right.fill(entry).then((verdict) => {
      if (verdict === 'fenced') events.emit(key, { type: 'skip', reason: 'fenced' });
      return verdict;
    });
  }

  /** The entry for a value; the reason if there is to be none; nothing if a callback failed. */
  #entry(key: string, { value, args, promised, cost }: Computed): Entry | SkipReason | undefined {
    const { backend, policy } = this.parts;
    const wanted = backend.ask('shouldCache', key, () => policy.shouldCache(value, args));
    if (wanted === undefined) return undefined;
    if (!wanted) return 'shouldCache';
    const ttl = backend.ask('ttl', key, () => policy.ttl(value, args));
    if (ttl === undefined) return undefined;
    if (ttl === 0) return 'ttl';
    const freshUntil = now() + jittered(ttl, policy.jitter);
    const keepUntil = freshUntil + longestWindow(policy);
    return { value, freshUntil, keepUntil: keepUntil + spare(policy, cost), cost, promised };
  }

  #skip(key: string, reason: SkipReason, right: Right): MaybePromise<Verdict> {
    this.parts.events.emit(key, { type: 'skip', reason });
    if (reason !== 'fenced' && reason !== 'down') return this.#unstored(right);
    if (right instanceof Lease) void right.giveBack();
    return reason === 'fenced' ? 'fenced' : 'unknown';
  }

  /** A lease that is not used is given back: that also tells whether the value may be shared. */
  #unstored(right: Right): MaybePromise<Verdict> {
    return right instanceof Lease ? right.remove() : 'unstored';
  }
}

/** Time to refresh in, so that the entry is still there for the fill to take its place. */
function spare(windows: Windows, cost: number): number {
  return longestWindow(windows) > 0 || windows.earlyRefresh > 0 ? 4 * cost : 0;
}

/** Whether what stands there is to be deleted: with a lease it is already, if it was to be. */
function mustGo({ replaces, supersedes, right }: Computed, verdict: Verdict): boolean {
  if (verdict === 'unstored') return (replaces || supersedes === true) && !(right instanceof Lease);
  return replaces;
}
