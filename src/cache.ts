import { deliver, tokenOf, type Entry, type Found } from './entry.js';
import { abortable } from './flight/abort-signal.js';
import type { Flight } from './flight/flight.js';
import { attach, join, newCall, reportAbort, type Call } from './journey/call.js';
import type { Computations } from './journey/compute.js';
import type { Context } from './journey/context.js';
import { freshness, type Freshness } from './journey/freshness.js';
import { Lease, type FleetLeases } from './journey/lease.js';
import type { Lookup } from './journey/lookup.js';
import { Refreshes } from './journey/refresh.js';
import { BACKEND_DOWN, OPEN, type StorePermit } from './journey/store-permit.js';
import { UnsharedComputations } from './journey/unshared.js';
import { ProcessWait } from './journey/wait.js';
import { then, type MaybePromise } from './platform/maybe-promise.js';

/** How often a call starts again, because others came between, before it computes unshared. */
const ATTEMPTS = 4;

/** Decision on a call: it has its result, or a promise of it, or has to ask other processes. */
type Decision =
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'lease'; readonly found: Found }
  | { readonly kind: 'wait'; readonly found: Found };

/**
 * The journey of one call, from top to bottom, and the event that ends it. (`fast-path/` may answer a call
 * with plain arguments before; the call comes here whenever that has no answer.)
 *
 *     get ─► flight of this key? ── yes ─► join ─┬─ value or error                           join
 *      │                                         ├─ fenced meanwhile: start again            retry
 *      │                                         ├─ the call is part of it: call through     recursion
 *      ▼                                         └─ the caller has aborted: call through     abort
 *     look up ─┬─ fresh ──────────────────────────► serve                                    hit
 *              ├─ early, stale ───────────────────► serve, refresh behind the answer         hit, stale
 *              ├─ within staleIfError alone,
 *              │  and backing off after a failure ► serve                                    stale
 *              └─ nothing to serve
 *                  ├─ a flight has begun ─────────► join
 *                  ├─ leased by another process ──► wait, look up again; too long: unshared
 *                  ├─ the caller has aborted ─────► call through                             abort
 *                  ├─ an error is cached ─────────► throw it                                 errorHit
 *                  ├─ nobody can tell what is
 *                  │  stored ─────────────────────► compute, and store at most here          miss
 *                  ├─ no leases ──────────────────► compute, and store                       miss
 *                  └─ acquire the lease ─┬─ ours ─► compute, and store                       miss
 *                                        ├─ held ─► wait, look up again; too long, or four
 *                                        │          times in vain: unshared                  miss, join
 *                                        └─ unknown ► compute, and store at most here        miss
 *
 * Guaranteed: calls of one key share one computation in this process, and in the fleet where there are
 * leases, unless the key is invalidated or refreshed, the computation abandoned, a wait runs out or the
 * backend fails. A failing backend is an event and a miss. The function's own errors reach every caller
 * untouched, unless `staleIfError` or `computeTimeout` applies. A value computed before an invalidation is
 * not stored after it (in a fleet: with leases). On a synchronous backend a call is synchronous.
 */
export class Cache {
  readonly #refreshes: Refreshes;
  readonly #wait: ProcessWait;
  readonly #unshared: UnsharedComputations;

  constructor(
    private readonly context: Context,
    private readonly lookup: Lookup,
    private readonly computations: Computations,
    /** Absent where the backend has no leases, or the function wants none. */
    private readonly leases: FleetLeases | undefined,
  ) {
    this.#refreshes = new Refreshes(computations, leases, context);
    this.#wait = new ProcessWait(context, lookup, computations);
    this.#unshared = new UnsharedComputations(context, computations);
  }

  /** The value of a key: stored, shared with a flight, or computed now. */
  get(key: string, self: unknown, args: readonly unknown[]): MaybePromise<unknown> {
    const { flights, events, settings } = this.context;
    const flight = flights.get(key);
    if (flight !== undefined) return this.#join(newCall(key, self, args, settings), flight);
    return then(this.lookup.of(key), (found) => {
      const state = this.#freshness(found);
      if (found.kind === 'entry' && state === 'fresh') {
        events.hit(key); // most calls end here: no record of the call is made
        return deliver(found.entry);
      }
      const call = newCall(key, self, args, settings);
      return this.#carryOut(call, this.#decide(call, found, state));
    });
  }

  #freshness(found: Found): Freshness {
    const { settings } = this.context;
    return found.kind === 'entry' ? freshness(found.entry, settings, settings.time) : 'expired';
  }

  #carryOut(call: Call, next: Decision): unknown {
    return next.kind === 'done' ? next.result : this.#contend(call, next);
  }

  /** Decides what a call does about what the look-up found. */
  #decide(call: Call, found: Found, state: Freshness): Decision {
    const { key } = call;
    const { backend, flights, negativeCache, unconfirmedDeletes } = this.context;
    const servable = state === 'fallback' ? negativeCache.backingOff(key) : state !== 'expired';
    if (found.kind === 'entry' && servable) return done(this.#serve(call, found.entry, state));
    const othersCompute = found.kind === 'leased' && this.leases !== undefined;
    // While an asynchronous look-up was under way, another call may have begun to compute. A refresh behind
    // an answer counts too, now that nothing can be served.
    const flight = flights.get(key) ?? (othersCompute ? undefined : flights.refreshOf(key));
    if (flight !== undefined) return done(this.#join(call, flight));
    if (othersCompute) return { kind: 'wait', found };
    if (call.signal?.aborted === true) return done(this.#leave(call));
    const cached = negativeCache.cachedError(key);
    if (cached !== undefined) {
      this.#conclude(call, 'errorHit');
      if (cached.promised) return done(Promise.reject(cached.error as Error));
      throw cached.error;
    }
    // Nobody can tell what is stored. Without leases nothing is promised about that; a tier keeps the value.
    const unsure = found.kind === 'failed' && (this.leases !== undefined || backend.keepsWhileDown);
    if (unsure || unconfirmedDeletes.has(key)) {
      return done(this.#compute(call, BACKEND_DOWN, found));
    }
    if (this.leases === undefined) return done(this.#compute(call, OPEN, found));
    return { kind: 'lease', found };
  }

  #serve(call: Call, entry: Entry, state: Freshness): unknown {
    const { key, self, args } = call;
    this.#conclude(call, state === 'fresh' || state === 'early' ? 'hit' : 'stale');
    if (state === 'early' || state === 'stale') {
      this.#refreshes.schedule({ key, self, args, token: entry.token, reason: state });
    }
    return deliver(entry);
  }

  #join(call: Call, flight: Flight): unknown {
    const { events } = this.context;
    // Asked first: a promise of `join` that nobody takes would be an unhandled rejection.
    if (call.signal?.aborted === true) return this.#leave(call);
    const shared = join(call, flight, (again) => this.#retry(again));
    if (shared === undefined) {
      this.#conclude(call, 'recursion');
      return this.computations.callThrough(call.self, call.args);
    }
    this.#conclude(call, 'join');
    if (this.leases === undefined && flight.kind !== 'prime') {
      return attach(call, flight, shared, events, true);
    }
    // Another process may have invalidated before this call began: the outcome of the fill tells.
    const confirmed = shared.then(
      async (value) => ((await flight.storeOutcome) === 'fenced' ? this.#retry(call) : value),
      (error: unknown) => {
        if (flight.kind === 'prime') return this.#retry(call);
        throw error;
      },
    );
    return attach(call, flight, confirmed, events, true);
  }

  /** Starts again, since the flight that the call had joined was fenced, or ended by a caller's signal. */
  #retry(call: Call): unknown {
    if (call.aborted) return undefined; // its caller has had a rejection
    this.context.events.emit(call.key, { type: 'retry' });
    call.attempts += 1;
    if (call.attempts > ATTEMPTS) return this.#computeUnshared(call);
    return then(this.#startAgain(call), (next) => this.#carryOut(call, next));
  }

  #startAgain(call: Call): MaybePromise<Decision> {
    const flight = this.context.flights.get(call.key);
    if (flight !== undefined) return done(this.#join(call, flight));
    return then(this.lookup.of(call.key), (found) => {
      return this.#decide(call, found, this.#freshness(found));
    });
  }

  /** The asynchronous half: asks for the lease, or waits for its holder and looks again, until done. */
  async #contend(call: Call, first: Decision): Promise<unknown> {
    let next = first;
    while (next.kind !== 'done') {
      next = await (next.kind === 'lease'
        ? this.#acquire(call, next.found)
        : this.#waitOrRestart(call, next.found));
    }
    return next.result;
  }

  async #acquire(call: Call, found: Found): Promise<Decision> {
    const { key } = call;
    const attempt = await this.leases?.acquire(key, tokenOf(found), this.computations.expected);
    const lease = attempt instanceof Lease && attempt.claimForFlight() ? attempt : undefined;
    const flight = this.context.flights.get(key);
    if (flight !== undefined) {
      void lease?.release();
      return done(this.#join(call, flight));
    }
    if (lease !== undefined) return done(this.#compute(call, { kind: 'lease', lease }, found));
    if (attempt === 'unknown') return done(this.#compute(call, BACKEND_DOWN, found));
    return { kind: 'wait', found };
  }

  async #waitOrRestart(call: Call, found: Found): Promise<Decision> {
    if (found.kind === 'nothing') {
      // The lease is held, though nothing was there: others came between.
      call.attempts += 1;
      return call.attempts > ATTEMPTS ? done(this.#computeUnshared(call)) : this.#startAgain(call);
    }
    const flight = this.context.flights.get(call.key);
    if (flight !== undefined) return done(this.#join(call, flight));
    const acquiring = found.kind === 'leased' ? this.leases?.acquiring(call.key) : undefined;
    if (acquiring !== undefined) {
      await acquiring; // the holder is a call of this process that has just begun
      return this.#startAgain(call);
    }
    const seen = await this.#wait.poll(call, found);
    if (seen === 'late') return done(this.#computeUnshared(call));
    return this.#decide(call, seen, this.#freshness(seen));
  }

  #compute(call: Call, permit: StorePermit, found: Found): unknown {
    const { key, self, args } = call;
    this.#conclude(call, 'miss');
    const previous = found.kind === 'nothing' || found.kind === 'failed' ? 'none' : 'found';
    const task = { key, self, args, permit, mode: 'call', previous } as const;
    const { flight, outcome } = this.computations.start(task);
    return attach(call, flight, outcome, this.context.events);
  }

  #computeUnshared(call: Call): unknown {
    this.#wait.endWait(call);
    return this.#unshared.start(call, (again) => this.#retry(again));
  }

  /** The signal has aborted already: the function is still called, but its promise is not awaited. */
  #leave(call: Call): unknown {
    reportAbort(call, this.context.events);
    if (call.forJoiners) return undefined; // nobody waits
    return abortable(this.computations.callThrough(call.self, call.args), call.signal);
  }

  /** Reports how a call ends, and for how long it has waited before. */
  #conclude(call: Call, type: 'hit' | 'stale' | 'miss' | 'join' | 'recursion' | 'errorHit'): void {
    this.#wait.endWait(call);
    if (type === 'join') this.context.events.join(call.key);
    else this.context.events.emit(call.key, { type });
  }
}

function done(result: unknown): Decision {
  return { kind: 'done', result };
}
