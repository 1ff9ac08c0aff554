import { Alone } from './journey/unshared.js';
import type { Entry } from './backend.js';
import { newCall, tellLeft, type Call } from './journey/call.js';
import { attend, type Computing } from './journey/compute.js';
import { deliver } from './entry.js';
import { UNANSWERED } from './resilience/fail-open.js';
import type { Right } from './journey/store.js';
import { freshness } from './journey/freshness.js';
import { Lease, type Leasing } from './journey/lease.js';
import type { Lookup } from './journey/lookup.js';
import { then, type MaybePromise } from './platform/maybe-promise.js';
import type { Parts } from './journey/context.js';
import { Refreshing } from './journey/refresh.js';
import { abortable } from './flight/abort-signal.js';
import type { Flight, SingleFlight } from './flight/single-flight.js';
import { Waiting } from './journey/wait.js';

/** How often a call begins anew, because others came between, before it computes for itself alone. */
const ATTEMPTS = 4;

/**
 * The journey of one call, from top to bottom. (One with plain arguments whose entry is remembered, see
 * `fast-path/`, needs no key, and comes here only when that cannot answer.)
 *
 *     get ─► join?  ─► lookup ─┬─ fresh ─► hit
 *              │               ├─ stale ─► answer, refresh behind
 *              │               ├─ held by another process ─► wait, and look again
 *              │               └─ none ─► load ─► lease ─► compute ─► answer, store behind
 *              └ a computation of this key is under way: share it
 *
 * Guaranteed: callers of one key share one computation in this process, and where the backend has leases
 * in the fleet, unless it was invalidated, refreshed or given up meanwhile; a failing backend is an event
 * and a miss; the function's own errors reach every caller untouched; what was computed before an
 * invalidation is not stored after it. With a synchronous backend everything happens synchronously.
 */
export class Cache {
  readonly #refreshing: Refreshing;
  readonly #waiting: Waiting;
  readonly #alone: Alone;

  constructor(
    private readonly parts: Parts,
    private readonly lookup: Lookup,
    private readonly computing: Computing,
    /** Missing where the backend has no leases, or the function wants none. */
    private readonly leasing: Leasing | undefined,
  ) {
    this.#refreshing = new Refreshing(computing, leasing, parts);
    this.#waiting = new Waiting(parts, lookup, computing);
    this.#alone = new Alone(parts, computing);
  }

  /** The value of the key: stored, shared with a computation under way, or computed now. */
  get(key: string, self: unknown, args: readonly unknown[]): MaybePromise<unknown> {
    const { flights, events, policy } = this.parts;
    const flight = flights.get(key);
    if (flight !== undefined) return this.join(flight, newCall(key, self, args));
    return then(this.lookup.of(key), (found) => {
      const state = found === undefined ? 'expired' : freshness(found, policy);
      if (found === undefined || state !== 'fresh') {
        return this.#answer(newCall(key, self, args), found, state);
      }
      events.hit(key);
      return deliver(found);
    });
  }

  /** The computations under way that calls join. */
  get flights(): SingleFlight {
    return this.parts.flights;
  }

  /** `get`, for a call that may have begun before. */
  #go(call: Call): unknown {
    const flight = this.parts.flights.get(call.key);
    if (flight !== undefined) return this.join(flight, call);
    return then(this.lookup.of(call.key), (found) => this.#answer(call, found));
  }

  /** Shares a computation under way. */
  join(flight: Flight, call: Call): unknown {
    const { events } = this.parts;
    const shared = flight.join();
    if (shared !== undefined && call.signal?.aborted === true) return this.#leave(call);
    this.#waiting.end(call);
    if (shared === undefined) {
      events.emit(call.key, { type: 'reentry' });
      return this.computing.straight(call.self, call.args);
    }
    events.join(call.key);
    if (this.leasing === undefined && !flight.primed) return attend(shared, flight, call, events);
    const again = (): unknown => {
      if (call.left) return undefined; // nobody hears it
      events.emit(call.key, { type: 'again' });
      return this.#again(call);
    };
    // Somebody elsewhere may have invalidated before this call began: the fill tells.
    const confirmed = shared.then(
      async (value) => ((await flight.verdict) === 'fenced' ? again() : value),
      (error: unknown) => {
        if (flight.primed) return again();
        throw error;
      },
    );
    return attend(confirmed, flight, call, events);
  }

  #again(call: Call): unknown {
    call.attempts += 1;
    return call.attempts > ATTEMPTS ? this.#computeAlone(call) : this.#go(call);
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
    this.#waiting.end(call);
    events.emit(key, { type: state === 'fresh' || state === 'early' ? 'hit' : 'stale' });
    if (state === 'early' || state === 'stale') {
      this.#refreshing.plan({ key, self, args, found, reason: state });
    }
    return deliver(found);
  }

  #load(call: Call, found: Entry | undefined): unknown {
    const { key } = call;
    const { backend, flights, events, failures, owed } = this.parts;
    // While an asynchronous look-up was under way, another caller may have begun to compute.
    const flight = flights.get(key) ?? flights.behind(key);
    if (flight !== undefined) return this.join(flight, call);
    if (call.signal?.aborted === true) return this.#leave(call);
    const kept = failures.kept(key);
    if (kept !== undefined) {
      events.emit(key, { type: 'rethrow' });
      if (kept.promised) return Promise.reject(kept.error as Error);
      throw kept.error;
    }
    // Nobody can tell what is stored. Without leases nothing is promised of that.
    const unsure = found === UNANSWERED && (this.leasing !== undefined || backend.hasLocal);
    if (unsure || owed.has(key)) return this.#compute(call, 'down', found);
    if (this.leasing === undefined) return this.#compute(call, undefined, found);
    return this.#loadUnderLease(call, found, this.leasing);
  }

  async #loadUnderLease(call: Call, found: Entry | undefined, leasing: Leasing): Promise<unknown> {
    const { key } = call;
    const attempt = await leasing.acquire(key, found, this.computing.expected);
    const lease = attempt instanceof Lease && attempt.take() ? attempt : undefined;
    const flight = this.parts.flights.get(key);
    if (flight !== undefined) {
      void lease?.giveBack();
      return this.join(flight, call);
    }
    if (lease !== undefined) return this.#compute(call, lease, found);
    if (attempt === 'unknown') return this.#compute(call, 'down', found);
    return found === undefined ? this.#again(call) : this.#wait(call, found, leasing);
  }

  /** Waits for the computation of another process, and looks again. */
  async #wait(call: Call, found: Entry, leasing: Leasing): Promise<unknown> {
    const { key } = call;
    const flight = this.parts.flights.get(key);
    if (flight !== undefined) return this.join(flight, call);
    if (found.placeholder === true && leasing.acquiring(key) !== undefined) {
      await leasing.acquiring(key); // it is a call of this process that has just begun
      return this.#go(call);
    }
    const seen = await this.#waiting.look(call, found);
    return seen === 'late' ? this.#computeAlone(call) : this.#answer(call, seen);
  }

  #compute(call: Call, right: Right, found: Entry | undefined): unknown {
    const { key, self, args } = call;
    const { events } = this.parts;
    this.#waiting.end(call);
    events.emit(key, { type: 'miss' });
    const supersedes = found !== undefined && found !== UNANSWERED;
    const task = { key, self, args, right, mode: 'call', supersedes } as const;
    const { flight, outcome } = this.computing.start(task);
    return attend(outcome, flight, call, events);
  }

  #computeAlone(call: Call): unknown {
    this.#waiting.end(call);
    return this.#alone.start(call);
  }

  /** The signal has aborted before there was anything to wait for: the function itself says what that means. */
  #leave(call: Call): unknown {
    tellLeft(call, this.parts.events);
    return abortable(this.computing.straight(call.self, call.args), call.signal);
  }
}
