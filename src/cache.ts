import { UnsharedComputations } from './journey/unshared.js';
import type { Entry } from './backend.js';
import { newCall, reportAbort, type Call } from './journey/call.js';
import { attach, type Computations } from './journey/compute.js';
import { deliver } from './entry.js';
import { LOOKUP_FAILED } from './resilience/fail-open.js';
import type { StorePermit } from './journey/store.js';
import { freshness } from './journey/freshness.js';
import { Lease, type FleetLeases } from './journey/lease.js';
import type { Lookup } from './journey/lookup.js';
import { then, type MaybePromise } from './platform/maybe-promise.js';
import type { Context } from './journey/context.js';
import { Refreshes } from './journey/refresh.js';
import { abortable } from './flight/abort-signal.js';
import type { Flight, SingleFlight } from './flight/single-flight.js';
import { ProcessWait } from './journey/wait.js';

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
  readonly #refreshing: Refreshes;
  readonly #waiting: ProcessWait;
  readonly #alone: UnsharedComputations;

  constructor(
    private readonly context: Context,
    private readonly lookup: Lookup,
    private readonly computing: Computations,
    /** Missing where the backend has no leases, or the function wants none. */
    private readonly leases: FleetLeases | undefined,
  ) {
    this.#refreshing = new Refreshes(computing, leases, context);
    this.#waiting = new ProcessWait(context, lookup, computing);
    this.#alone = new UnsharedComputations(context, computing);
  }

  /** The value of the key: stored, shared with a computation under way, or computed now. */
  get(key: string, self: unknown, args: readonly unknown[]): MaybePromise<unknown> {
    const { flights, events, policy } = this.context;
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
    return this.context.flights;
  }

  /** `get`, for a call that may have begun before. */
  #go(call: Call): unknown {
    const flight = this.context.flights.get(call.key);
    if (flight !== undefined) return this.join(flight, call);
    return then(this.lookup.of(call.key), (found) => this.#answer(call, found));
  }

  /** Shares a computation under way. */
  join(flight: Flight, call: Call): unknown {
    const { events } = this.context;
    const shared = flight.join();
    if (shared !== undefined && call.signal?.aborted === true) return this.#leave(call);
    this.#waiting.end(call);
    if (shared === undefined) {
      events.emit(call.key, { type: 'recursion' });
      return this.computing.callThrough(call.self, call.args);
    }
    events.join(call.key);
    if (this.leases === undefined && !flight.primed) return attach(shared, flight, call, events);
    const again = (): unknown => {
      if (call.aborted) return undefined; // nobody hears it
      events.emit(call.key, { type: 'retry' });
      return this.#again(call);
    };
    // Somebody elsewhere may have invalidated before this call began: the fill tells.
    const confirmed = shared.then(
      async (value) => ((await flight.fillOutcome) === 'fenced' ? again() : value),
      (error: unknown) => {
        if (flight.primed) return again();
        throw error;
      },
    );
    return attach(confirmed, flight, call, events);
  }

  #again(call: Call): unknown {
    call.attempts += 1;
    return call.attempts > ATTEMPTS ? this.#computeAlone(call) : this.#go(call);
  }

  /** What was found decides how it goes on. */
  #answer(
    call: Call,
    found: Entry | undefined,
    state = found === undefined ? 'expired' : freshness(found, this.context.policy),
  ): unknown {
    const { key, self, args } = call;
    const { events, negativeCache } = this.context;
    if (found === undefined) return this.#load(call, found);
    if (found.placeholder === true && this.leases) return this.#wait(call, found, this.leases);
    const pausing = state === 'fallback' && negativeCache.backingOff(key);
    if (state === 'expired' || (state === 'fallback' && !pausing)) return this.#load(call, found);
    this.#waiting.end(call);
    events.emit(key, { type: state === 'fresh' || state === 'early' ? 'hit' : 'stale' });
    if (state === 'early' || state === 'stale') {
      this.#refreshing.schedule({ key, self, args, found, reason: state });
    }
    return deliver(found);
  }

  #load(call: Call, found: Entry | undefined): unknown {
    const { key } = call;
    const { backend, flights, events, negativeCache, unconfirmedDeletes } = this.context;
    // While an asynchronous look-up was under way, another caller may have begun to compute.
    const flight = flights.get(key) ?? flights.refreshOf(key);
    if (flight !== undefined) return this.join(flight, call);
    if (call.signal?.aborted === true) return this.#leave(call);
    const kept = negativeCache.cachedError(key);
    if (kept !== undefined) {
      events.emit(key, { type: 'errorHit' });
      if (kept.promised) return Promise.reject(kept.error as Error);
      throw kept.error;
    }
    // Nobody can tell what is stored. Without leases nothing is promised of that.
    const unsure = found === LOOKUP_FAILED && (this.leases !== undefined || backend.keepsWhileDown);
    if (unsure || unconfirmedDeletes.has(key)) return this.#compute(call, 'backendDown', found);
    if (this.leases === undefined) return this.#compute(call, undefined, found);
    return this.#loadUnderLease(call, found, this.leases);
  }

  async #loadUnderLease(
    call: Call,
    found: Entry | undefined,
    leases: FleetLeases,
  ): Promise<unknown> {
    const { key } = call;
    const attempt = await leases.acquire(key, found, this.computing.expected);
    const lease = attempt instanceof Lease && attempt.claimForFlight() ? attempt : undefined;
    const flight = this.context.flights.get(key);
    if (flight !== undefined) {
      void lease?.release();
      return this.join(flight, call);
    }
    if (lease !== undefined) return this.#compute(call, lease, found);
    if (attempt === 'unknown') return this.#compute(call, 'backendDown', found);
    return found === undefined ? this.#again(call) : this.#wait(call, found, leases);
  }

  /** Waits for the computation of another process, and looks again. */
  async #wait(call: Call, found: Entry, leases: FleetLeases): Promise<unknown> {
    const { key } = call;
    const flight = this.context.flights.get(key);
    if (flight !== undefined) return this.join(flight, call);
    if (found.placeholder === true && leases.acquiring(key) !== undefined) {
      await leases.acquiring(key); // it is a call of this process that has just begun
      return this.#go(call);
    }
    const seen = await this.#waiting.poll(call, found);
    return seen === 'late' ? this.#computeAlone(call) : this.#answer(call, seen);
  }

  #compute(call: Call, permit: StorePermit, found: Entry | undefined): unknown {
    const { key, self, args } = call;
    const { events } = this.context;
    this.#waiting.end(call);
    events.emit(key, { type: 'miss' });
    const foundOlder = found !== undefined && found !== LOOKUP_FAILED;
    const task = { key, self, args, permit, mode: 'call', foundOlder } as const;
    const { flight, outcome } = this.computing.start(task);
    return attach(outcome, flight, call, events);
  }

  #computeAlone(call: Call): unknown {
    this.#waiting.end(call);
    return this.#alone.start(call);
  }

  /** The signal has aborted before there was anything to wait for: the function itself says what that means. */
  #leave(call: Call): unknown {
    reportAbort(call, this.context.events);
    return abortable(this.computing.callThrough(call.self, call.args), call.signal);
  }
}
