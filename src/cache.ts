import type { Entry } from './backend.js';
import { now } from './clock.js';
import { attend, type Computing } from './computing.js';
import { deliver } from './entry.js';
import { UNANSWERED } from './fail-open.js';
import type { Right } from './filling.js';
import { freshness } from './freshness.js';
import { Lease, type Leasing } from './lease.js';
import type { Lookup } from './lookup.js';
import { then, type MaybePromise } from './maybe-promise.js';
import type { Parts } from './parts.js';
import { pollDelay, Polls } from './polls.js';
import { hitSeen } from './reentry.js';
import { Refreshing } from './refreshing.js';
import { abortable, signalIn } from './signals.js';
import type { Flight } from './single-flight.js';

/** How often a call begins anew, because others came between, before it computes for itself alone. */
const ATTEMPTS = 4;

/** One call, once it is more than a hit. */
interface Call {
  readonly key: string;
  readonly self: unknown;
  readonly args: readonly unknown[];
  readonly signal: AbortSignal | undefined;
  attempts: number;
  /** Since when it waits for another process. */
  waitsSince: number | undefined;
}

/**
 * The journey of one call, from top to bottom:
 *
 *     get ─► join?  ─► lookup ─┬─ fresh ─► hit
 *              │               ├─ stale ─► answer, refresh behind
 *              │               ├─ held by another process ─► wait, and look again
 *              │               └─ none ─► load ─► lease ─► compute ─► answer, store behind
 *              └ a computation of this key is under way: share it
 *
 * Guaranteed: callers of one key share one computation in this process, and where the backend has leases
 * in the fleet, unless it was invalidated or refreshed meanwhile; a failing backend is an event and a miss;
 * the function's own errors reach every caller untouched; what was computed before an invalidation is not
 * stored after it. With a synchronous backend everything happens synchronously.
 */
export class Cache {
  readonly #polls = new Polls<Entry | undefined>();
  readonly #refreshing: Refreshing;

  constructor(
    private readonly parts: Parts,
    private readonly lookup: Lookup,
    private readonly computing: Computing,
    /** Missing where the backend has no leases, or the function wants none. */
    private readonly leasing: Leasing | undefined,
  ) {
    this.#refreshing = new Refreshing(computing, leasing, parts);
  }

  /** The value of the key: stored, shared with a computation under way, or computed now. */
  get(key: string, self: unknown, args: readonly unknown[]): MaybePromise<unknown> {
    const { flights, backend, events, policy } = this.parts;
    if (flights.get(key) !== undefined || backend.isDown(key)) {
      return this.#go(newCall(key, self, args));
    }
    return then(this.lookup.of(key), (found) => {
      const state = found === undefined ? 'expired' : freshness(found, policy);
      if (found === undefined || state !== 'fresh') {
        return this.#answer(newCall(key, self, args), found, state);
      }
      events.hit(key);
      hitSeen();
      return deliver(found);
    });
  }

  /** `get`, for a call that may have begun before. */
  #go(call: Call): unknown {
    const { flights, backend } = this.parts;
    const flight = flights.get(call.key);
    if (flight !== undefined) return this.#join(flight, call);
    if (backend.isDown(call.key)) return this.#load(call, UNANSWERED);
    return then(this.lookup.of(call.key), (found) => this.#answer(call, found));
  }

  #join(flight: Flight, call: Call): unknown {
    const { events } = this.parts;
    this.#endWait(call);
    const shared = flight.join();
    events.emit(call.key, { type: shared === undefined ? 'reentry' : 'join' });
    if (shared === undefined) return this.computing.straight(call.self, call.args);
    if (this.leasing === undefined) return attend(shared, flight, call, events);
    // Somebody elsewhere may have invalidated before this call began: the fill tells.
    const confirmed = shared.then(async (value) => {
      if ((await flight.verdict) !== 'fenced') return value;
      events.emit(call.key, { type: 'again' });
      return this.#again(call);
    });
    return attend(confirmed, flight, call, events);
  }

  #again(call: Call): unknown {
    call.attempts += 1;
    return call.attempts > ATTEMPTS ? this.#compute(call, 'held', true) : this.#go(call);
  }

  /** What was found decides how it goes on. */
  #answer(
    call: Call,
    found: Entry | undefined,
    state = found === undefined ? 'expired' : freshness(found, this.parts.policy),
  ): unknown {
    const { key, self, args } = call;
    const { events, failures } = this.parts;
    if (found === undefined) return this.#load(call, found);
    if (found.placeholder === true && this.leasing) return this.#wait(call, found, this.leasing);
    const pausing = state === 'fallback' && failures.pausing(key);
    if (state === 'expired' || (state === 'fallback' && !pausing)) return this.#load(call, found);
    this.#endWait(call);
    events.emit(key, { type: state === 'fresh' || state === 'early' ? 'hit' : 'stale' });
    if (state === 'early' || state === 'stale') {
      this.#refreshing.plan({ key, self, args, found, reason: state });
    }
    return deliver(found);
  }

  #load(call: Call, found: Entry | undefined): unknown {
    const { key } = call;
    const { flights, events, failures, owed } = this.parts;
    // While an asynchronous look-up was under way, another caller may have begun to compute.
    const flight = flights.get(key) ?? flights.behind(key);
    if (flight !== undefined) return this.#join(flight, call);
    const kept = failures.kept(key);
    if (kept !== undefined) {
      events.emit(key, { type: 'rethrow' });
      throw kept.error;
    }
    if (owed.has(key)) return this.#compute(call, 'down');
    if (this.leasing === undefined) return this.#compute(call, undefined);
    if (found === UNANSWERED) return this.#compute(call, 'down');
    return this.#loadUnderLease(call, found, this.leasing);
  }

  async #loadUnderLease(call: Call, found: Entry | undefined, leasing: Leasing): Promise<unknown> {
    const { key } = call;
    const late = call.waitsSince !== undefined && this.#waitLeft(call, leasing) <= 0;
    const attempt = await leasing.acquire(key, found, this.computing.expected, late);
    if (attempt instanceof Lease && !attempt.taken) {
      attempt.taken = true;
      return this.#compute(call, attempt);
    }
    const flight = this.parts.flights.get(key);
    if (flight !== undefined) return this.#join(flight, call);
    if (attempt === 'unknown') return this.#compute(call, 'down');
    if (late) return this.#compute(call, 'held', true);
    return found === undefined ? this.#again(call) : this.#wait(call, found, leasing);
  }

  /** Waits for the computation of another process, and looks again. */
  async #wait(call: Call, found: Entry, leasing: Leasing): Promise<unknown> {
    const { key, signal } = call;
    const flight = this.parts.flights.get(key);
    if (flight !== undefined) return this.#join(flight, call);
    if (found.placeholder === true && leasing.acquiring(key) !== undefined) {
      await leasing.acquiring(key); // it is a call of this process that has just begun
      return this.#go(call);
    }
    call.waitsSince ??= now();
    const left = this.#waitLeft(call, leasing);
    if (left <= 0) return this.#loadUnderLease(call, found, leasing);
    const cost = found.cost ?? this.computing.expected ?? 0;
    const delay = Math.min(pollDelay(cost, now() - call.waitsSince), left);
    const poll = this.#polls.next(key, delay, () => this.lookup.of(key));
    const seen = await abortable(poll, signal, () => {
      this.parts.events.emit(key, { type: 'leave' });
    });
    return this.#answer(call, seen);
  }

  #waitLeft({ waitsSince = now() }: Call, { options }: Leasing): number {
    return waitsSince + Math.min(options.wait, this.parts.policy.computeTimeout) - now();
  }

  #endWait(call: Call): void {
    if (call.waitsSince === undefined) return;
    this.parts.events.emit(call.key, { type: 'wait', waited: now() - call.waitsSince });
    call.waitsSince = undefined;
  }

  #compute(call: Call, right: Right, alone = false): unknown {
    const { events } = this.parts;
    this.#endWait(call);
    events.emit(call.key, { type: 'miss' });
    const { flight, outcome } = this.computing.start({ ...call, right, alone });
    return attend(outcome, flight, call, events);
  }
}

function newCall(key: string, self: unknown, args: readonly unknown[]): Call {
  return { key, self, args, signal: signalIn(args), attempts: 0, waitsSince: undefined };
}
