import type { Entry } from './backend.js';
import { now } from './clock.js';
import { attend, type Computing } from './computing.js';
import { deliver } from './entry.js';
import { UNANSWERED } from './fail-open.js';
import type { Right } from './filling.js';
import { freshness } from './freshness.js';
import { Lease, type Leasing } from './lease.js';
import type { Lookup } from './lookup.js';
import { isPromise, then, type MaybePromise } from './maybe-promise.js';
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
  /** Its place among the calls and computations of this process. */
  readonly order: number;
  attempts: number;
  left?: boolean;
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
  /** Computations of calls that have waited in vain. */
  readonly #lone = new Map<string, { readonly flight: Flight; readonly order: number }>();

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
    const shared = flight.join();
    if (shared !== undefined && call.signal?.aborted === true) return this.#leave(call);
    this.#endWait(call);
    events.emit(call.key, { type: shared === undefined ? 'reentry' : 'join' });
    if (shared === undefined) return this.computing.straight(call.self, call.args);
    if (this.leasing === undefined && !flight.primed) return attend(shared, flight, call, events);
    const again = (): unknown => {
      if (call.left === true) return undefined; // nobody hears it
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
    return call.attempts > ATTEMPTS ? this.#alone(call) : this.#go(call);
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
    if (call.signal?.aborted === true) return this.#leave(call);
    const kept = failures.kept(key);
    if (kept !== undefined) {
      events.emit(key, { type: 'rethrow' });
      if (kept.promised) return Promise.reject(kept.error as Error);
      throw kept.error;
    }
    if (owed.has(key)) return this.#compute(call, 'down', found);
    if (this.leasing === undefined) return this.#compute(call, undefined, found);
    if (found === UNANSWERED) return this.#compute(call, 'down', found);
    return this.#loadUnderLease(call, found, this.leasing);
  }

  async #loadUnderLease(call: Call, found: Entry | undefined, leasing: Leasing): Promise<unknown> {
    const { key } = call;
    const attempt = await leasing.acquire(key, found, this.computing.expected);
    if (attempt instanceof Lease && attempt.take()) return this.#compute(call, attempt, found);
    const flight = this.parts.flights.get(key);
    if (flight !== undefined) return this.#join(flight, call);
    if (attempt === 'unknown') return this.#compute(call, 'down', found);
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
    if (left <= 0) return this.#alone(call);
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

  #compute(call: Call, right: Right, found: Entry | undefined): unknown {
    const { key, self, args } = call;
    const { events } = this.parts;
    this.#endWait(call);
    events.emit(key, { type: 'miss' });
    const supersedes = found !== undefined && found !== UNANSWERED;
    const task = { key, self, args, right, mode: 'call', supersedes } as const;
    const { flight, outcome } = this.computing.start(task);
    return attend(outcome, flight, call, events);
  }

  /** Others have come between for too long: computes without the right to store. */
  #alone(call: Call): unknown {
    const { key, self, args, order } = call;
    const { events } = this.parts;
    this.#endWait(call);
    const shared = this.#lone.get(key);
    // Calls that have begun before it may share it, whatever was invalidated meanwhile.
    const joins = shared?.flight.promise !== undefined && order < shared.order;
    events.emit(key, { type: joins ? 'join' : 'miss' });
    if (joins) return attend(shared.flight.promise, shared.flight, call, events);
    const begun = nextOrder();
    const task = { key, self, args, right: 'held', mode: 'alone', supersedes: false } as const;
    const { flight, outcome } = this.computing.start(task);
    const lone = { flight, order: begun };
    this.#lone.set(key, lone);
    const ended = (): void => {
      if (this.#lone.get(key) === lone) this.#lone.delete(key);
    };
    if (isPromise(outcome)) outcome.then(ended, ended);
    else ended();
    return attend(outcome, flight, call, events);
  }

  /** The signal has aborted before there was anything to wait for: the function itself says what that means. */
  #leave(call: Call): unknown {
    this.parts.events.emit(call.key, { type: 'leave' });
    return abortable(this.computing.straight(call.self, call.args), call.signal);
  }
}

let order = 0;

function nextOrder(): number {
  return (order += 1);
}

function newCall(key: string, self: unknown, args: readonly unknown[]): Call {
  const signal = signalIn(args);
  return { key, self, args, signal, order: nextOrder(), attempts: 0, waitsSince: undefined };
}
