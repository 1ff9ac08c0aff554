import type { Backend, Entry } from './backend.js';
import { now } from './clock.js';
import { deliver, isFresh, peeked, type Peeked } from './entry.js';
import type { Events, SkipReason } from './events.js';
import { FailOpen } from './fail-open.js';
import { isPromise, rescue, then, type MaybePromise } from './maybe-promise.js';
import type { Pending } from './pending.js';
import { hitSeen } from './reentry.js';
import type { Flight, SingleFlight } from './single-flight.js';

/** What a cache needs to know about its function; resolved from the options. */
export interface Policy {
  readonly backend: Backend;
  /** Milliseconds for which a value is fresh. May throw. */
  readonly ttl: (value: unknown, args: readonly unknown[]) => number;
  /** May throw. */
  readonly shouldCache: (value: unknown, args: readonly unknown[]) => boolean;
  readonly events: Events;
  /** Functions that share a backend share this too: where their keys meet, so do their calls. */
  readonly flights: SingleFlight;
  readonly pending: Pending;
}

type Compute = (this: unknown, ...args: readonly unknown[]) => unknown;

/**
 * The journey of one call, from top to bottom:
 *
 *     get ─► join?  ─► lookup ─► hit
 *              │          └────► load ─► compute ─► answer, store behind
 *              └ a computation of this key is under way: share it
 *
 * Guaranteed: callers of one key share one computation in this process, unless it was invalidated or
 * refreshed meanwhile; a failing backend is an event and a miss; the function's own errors reach every
 * caller untouched; what was computed before an invalidation is not stored after it. With a synchronous
 * backend everything happens synchronously. Not guaranteed: anything about other processes.
 */
export class Cache {
  readonly #compute: Compute;
  readonly #policy: Policy;
  readonly #backend: FailOpen;
  readonly #events: Events;
  readonly #flights: SingleFlight;

  constructor(compute: Compute, policy: Policy) {
    this.#compute = compute;
    this.#policy = policy;
    this.#backend = new FailOpen(policy.backend, policy.events, policy.pending);
    this.#events = policy.events;
    this.#flights = policy.flights;
  }

  /** The value of the key: stored, shared with a computation under way, or computed now. */
  get(key: string, self: unknown, args: readonly unknown[]): MaybePromise<unknown> {
    const flight = this.#flights.get(key);
    if (flight !== undefined) return this.#join(flight, key, self, args);
    if (this.#backend.isDown(key)) return this.#load(key, self, args);
    return then(this.#lookup(key), (entry) => {
      if (!isFresh(entry)) return this.#load(key, self, args);
      this.#events.hit(key);
      hitSeen();
      return deliver(entry);
    });
  }

  #join(flight: Flight, key: string, self: unknown, args: readonly unknown[]): unknown {
    const shared = flight.join();
    this.#events.emit(key, { type: shared === undefined ? 'reentry' : 'join' });
    return shared ?? Reflect.apply(this.#compute, self, args);
  }

  /** Asks the backend. Whoever asks while the read has not left the process shares it. */
  #lookup(key: string): MaybePromise<Entry | undefined> {
    const shared = this.#flights.read(key);
    if (shared !== undefined) return shared;
    const read = this.#backend.get(key);
    if (isPromise(read)) this.#flights.shareRead(key, read);
    return read;
  }

  #load(key: string, self: unknown, args: readonly unknown[]): unknown {
    // While an asynchronous look-up was under way, another caller may have begun to compute.
    const flight = this.#flights.get(key);
    if (flight !== undefined) return this.#join(flight, key, self, args);
    this.#events.emit(key, { type: 'miss' });
    return this.#fly(key, self, args, false);
  }

  /** Computes in a flight of its own. The caller has the value before the store has finished. */
  #fly(key: string, self: unknown, args: readonly unknown[], replaces: boolean): unknown {
    const flight = this.#flights.begin(key);
    const began = now();
    this.#policy.pending.begin();
    const outcome = rescue(
      () => {
        const answer = flight.run(() => Reflect.apply(this.#compute, self, args));
        // Joiners need a promise of the platform's own, whatever thenable the function answered.
        const promised = isPromise(answer);
        return then(promised ? Promise.resolve(answer) : answer, (value) => {
          if (flight.fenced) this.#skip(key, 'fenced');
          else
            void this.#store(key, { value, args, promised, cost: now() - began, replaces, flight });
          this.#land(key, flight);
          return value;
        });
      },
      (error) => {
        this.#land(key, flight);
        this.#events.emit(key, { type: 'throw', error });
        throw error;
      },
    );
    if (isPromise(outcome)) flight.promise = outcome;
    return outcome;
  }

  #land(key: string, flight: Flight): void {
    this.#flights.end(key, flight);
    this.#policy.pending.end();
  }

  /** Stores a value, if it is to be stored; answers whether the backend has taken it. */
  #store(key: string, made: Computed): MaybePromise<boolean> {
    this.#policy.pending.begin();
    const done = then(this.#offer(key, made), (taken) => {
      if (taken) this.#events.emit(key, { type: 'store', cost: made.cost });
      // What was to be replaced must not be found again.
      return taken || !made.replaces ? taken : then(this.#backend.delete(key), () => false);
    });
    return then(done, (taken) => {
      this.#policy.pending.end();
      return taken;
    });
  }

  #offer(key: string, { value, args, promised, flight }: Computed): MaybePromise<boolean> {
    const wanted = this.#backend.ask('shouldCache', key, () =>
      this.#policy.shouldCache(value, args),
    );
    const ttl =
      wanted === true ? this.#backend.ask('ttl', key, () => this.#policy.ttl(value, args)) : 0;
    if (wanted === undefined || ttl === undefined) return false; // a callback failed: reported
    if (!wanted) return this.#skip(key, 'shouldCache');
    if (ttl === 0) return this.#skip(key, 'ttl');
    if (flight?.fenced) return this.#skip(key, 'fenced'); // by one of the callbacks
    if (this.#backend.isDown(key)) return this.#skip(key, 'down');
    const entry = { value, freshUntil: now() + ttl, promised };
    return this.#backend.set(key, entry);
  }

  #skip(key: string, reason: SkipReason): false {
    this.#events.emit(key, { type: 'skip', reason });
    return false;
  }

  // The controls.

  /** Computes now, replaces what is stored, and answers the value. Calls meanwhile share it. */
  refresh(key: string, self: unknown, args: readonly unknown[]): unknown {
    this.#events.emit(key, { type: 'refresh' });
    this.#flights.fence(key);
    return this.#fly(key, self, args, true);
  }

  /** The fresh entry of a key, if there is one. Computes nothing and counts as no call. */
  peek(key: string): MaybePromise<Peeked<unknown> | undefined> {
    return then(this.#lookup(key), peeked);
  }

  /** Stores a value as if it had been computed; answers whether the backend has taken it. */
  prime(key: string, args: readonly unknown[], value: unknown): MaybePromise<boolean> {
    this.#events.emit(key, { type: 'prime' });
    this.#flights.fence(key);
    if (isPromise(value)) return this.#primeLater(key, args, Promise.resolve(value));
    return this.#store(key, { value, args, promised: false, cost: 0, replaces: true });
  }

  /** While the value is awaited it is a computation under way: shared by calls, and fenced like one. */
  async #primeLater(
    key: string,
    args: readonly unknown[],
    promise: Promise<unknown>,
  ): Promise<boolean> {
    const flight = this.#flights.begin(key);
    flight.promise = promise;
    this.#policy.pending.begin();
    try {
      const value = await promise;
      if (flight.fenced) return this.#skip(key, 'fenced');
      const made = { value, args, promised: true, cost: 0, replaces: true, flight };
      // Not awaited here: the flight leaves the table when the value has been sent.
      // eslint-disable-next-line @typescript-eslint/return-await -- the reason above
      return this.#store(key, made) as Promise<boolean>;
    } finally {
      this.#land(key, flight);
    }
  }

  /** Forgets a key; answers whether the backend confirmed it. */
  invalidate(key: string): MaybePromise<boolean> {
    this.#events.emit(key, { type: 'invalidate' });
    this.#flights.fence(key);
    return this.#backend.delete(key);
  }

  /** `invalidate` for every key with the prefix. */
  invalidateAll(prefix: string): MaybePromise<boolean> {
    this.#flights.fenceAll(prefix);
    return this.#backend.clear(prefix);
  }

  /** Forgets everything; answers whether the backend confirmed it. */
  clear(): MaybePromise<boolean> {
    this.#events.emit('', { type: 'clear' });
    return this.invalidateAll('');
  }
}

interface Computed {
  readonly value: unknown;
  readonly args: readonly unknown[];
  readonly promised: boolean;
  readonly cost: number;
  /** Whether the value is to take the place of another, which must go even if this one is not stored. */
  readonly replaces: boolean;
  readonly flight?: Flight;
}
