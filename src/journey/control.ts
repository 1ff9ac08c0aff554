import { newCall } from './call.js';
import { attach, type Computations } from './compute.js';
import { peeked, type Peeked } from '../entry.js';
import type { Store, StorePermit } from './store.js';
import { deleteStored } from './invalidate.js';
import { Lease, type FleetLeases } from './lease.js';
import type { Lookup } from './lookup.js';
import { ignoreRejection, isPromise, then, type MaybePromise } from '../platform/maybe-promise.js';
import type { Context } from './context.js';
import type { Flight } from '../flight/single-flight.js';

/** What can be done to the entries of a function beside calling it. */
export class EntryControl {
  constructor(
    private readonly context: Context,
    private readonly lookup: Lookup,
    private readonly computing: Computations,
    private readonly filling: Store,
    private readonly leases: FleetLeases | undefined,
  ) {}

  /** Computes now, mustReplace what is stored, and answers the value. Calls meanwhile share it. */
  refresh(key: string, self: unknown, args: readonly unknown[]): unknown {
    const { events } = this.context;
    events.emit(key, { type: 'refresh', reason: 'requested' });
    this.#fence(key);
    const permit = this.#takeOver(key);
    const task = { key, self, args, permit, mode: 'requested', foundOlder: true } as const;
    const { flight, outcome } = this.computing.start(task);
    return attach(outcome, flight, newCall(key, self, args), events);
  }

  /** What this process computes, and what it remembers of failures, counts no more. */
  #fence(key: string): void {
    this.context.flights.fence(key);
    this.context.negativeCache.forget(key);
  }

  /** The sole permit to store, from now on. */
  #takeOver(key: string): MaybePromise<StorePermit> {
    return this.leases
      ?.seize(key, this.computing.expected)
      .then((lease): StorePermit => lease ?? 'backendDown');
  }

  /** The fresh entry of a key, if there is one. Computes nothing and counts as no call. */
  peek(key: string): MaybePromise<Peeked<unknown> | undefined> {
    return then(this.lookup.of(key), peeked);
  }

  /** Stores a value as if it had been computed; answers whether the backend has taken it. */
  prime(key: string, args: readonly unknown[], value: unknown): MaybePromise<boolean> {
    this.context.events.emit(key, { type: 'prime' });
    this.#fence(key);
    // With leases the write is fenced too: else one that is held up could undo an invalidation.
    if (isPromise(value) || this.leases !== undefined) {
      return this.#primeLater(key, args, Promise.resolve(value));
    }
    const made = { value, args, promised: false, cost: 0, mustReplace: true };
    return then(this.filling.put(key, made), (verdict) => verdict === 'stored');
  }

  /** While the value is awaited it is a computation under way: shared by calls, and fenced like one. */
  async #primeLater(
    key: string,
    args: readonly unknown[],
    value: Promise<unknown>,
  ): Promise<boolean> {
    const { flights, inProgress } = this.context;
    const flight = flights.begin(key, 'requested');
    flight.primed = true;
    flight.attachCaller(); // nobody's leaving ends it
    inProgress.begin();
    flight.promise = this.#fillWith(key, args, value, flight).finally(() => {
      flights.end(key, flight);
      inProgress.end();
    });
    await flight.promise;
    return (await flight.fillOutcome) === 'stored';
  }

  async #fillWith(
    key: string,
    args: readonly unknown[],
    promise: Promise<unknown>,
    flight: Flight,
  ): Promise<unknown> {
    ignoreRejection(promise); // until it is awaited
    const permit = await this.#takeOver(key);
    try {
      const value = await promise;
      const made = { value, args, promised: true, cost: 0, mustReplace: true };
      flight.fillOutcome = this.filling.put(key, { ...made, flight, permit: permit });
      return value;
    } catch (error) {
      if (permit instanceof Lease) void permit.release();
      throw error;
    }
  }

  /** Forgets a key; answers whether the backend confirmed it. If not, it is tried again. */
  invalidate(key: string): MaybePromise<boolean> {
    this.context.events.emit(key, { type: 'invalidate' });
    this.#fence(key);
    return deleteStored(key, this.context);
  }

  /** `invalidate` for every key with the prefix. */
  invalidateAll(prefix: string): MaybePromise<boolean> {
    const { backend, negativeCache, flights } = this.context;
    flights.fenceAll(prefix);
    negativeCache.forgetAll(prefix);
    return backend.clear(prefix);
  }

  /** Forgets everything; answers whether the backend confirmed it. */
  clear(): MaybePromise<boolean> {
    this.context.events.emit('', { type: 'clear' });
    return this.invalidateAll('');
  }
}
