import { peeked, type Peeked } from '../entry.js';
import type { Flight } from '../flight/flight.js';
import { ignoreRejection, isPromise, then, type MaybePromise } from '../platform/maybe-promise.js';
import { attach, newCall } from './call.js';
import type { Computations } from './compute.js';
import type { Context } from './context.js';
import { deleteStored } from './invalidate.js';
import type { FleetLeases } from './lease.js';
import type { Lookup } from './lookup.js';
import type { Store } from './store.js';
import { BACKEND_DOWN, OPEN, type StorePermit } from './store-permit.js';

/** Control of the entries of one function, by key: everything but calls. */
export class EntryControl {
  constructor(
    private readonly context: Context,
    private readonly lookup: Lookup,
    private readonly computations: Computations,
    private readonly store: Store,
    private readonly leases: FleetLeases | undefined,
  ) {}

  /** Computes now, replaces the stored entry, and returns the value. Calls meanwhile share it. */
  refresh(key: string, self: unknown, args: readonly unknown[]): unknown {
    const { events, settings } = this.context;
    events.emit(key, { type: 'refresh', reason: 'requested' });
    this.#fence(key);
    const permit = this.#takeOver(key);
    const task = { key, self, args, permit, mode: 'requested', previous: 'obsolete' } as const;
    const { flight, outcome } = this.computations.start(task);
    return attach(newCall(key, self, args, settings), flight, outcome, events);
  }

  /** Fences the flights of a key in this process, and forgets its failures. */
  #fence(key: string): void {
    this.context.flights.fence(key);
    this.context.negativeCache.forget(key);
  }

  /** Takes the right to store from everybody else. */
  #takeOver(key: string): MaybePromise<StorePermit> {
    if (this.leases === undefined) return OPEN;
    return this.leases
      .takeOver(key, this.computations.expected)
      .then((lease): StorePermit =>
        lease === undefined ? BACKEND_DOWN : { kind: 'lease', lease },
      );
  }

  /** The fresh value of a key, if there is one. Computes nothing and counts as no call. */
  peek(key: string): MaybePromise<Peeked<unknown> | undefined> {
    const { time } = this.context.settings;
    return then(this.lookup.of(key), (found) => peeked(found, time));
  }

  /** Stores a value as if it had been computed. Returns whether the backend has stored it. */
  prime(key: string, args: readonly unknown[], value: unknown): MaybePromise<boolean> {
    this.context.events.emit(key, { type: 'prime' });
    this.#fence(key);
    // With leases the write is fenced too; otherwise one that is held up could undo an invalidation.
    if (isPromise(value) || this.leases !== undefined) {
      return this.#primeLater(key, args, Promise.resolve(value));
    }
    const outcome = this.store.put(key, {
      value,
      args,
      promised: false,
      cost: 0,
      flight: undefined,
      permit: OPEN,
      previous: 'obsolete',
    });
    return then(outcome, (stored) => stored === 'stored');
  }

  /** While the value is awaited it is a flight: calls share it, and it is fenced like a computation. */
  async #primeLater(
    key: string,
    args: readonly unknown[],
    value: Promise<unknown>,
  ): Promise<boolean> {
    const { flights, inProgress } = this.context;
    const flight = flights.begin(key, 'requested', 'prime');
    flight.attachCaller(); // no caller's abort ends it
    inProgress.begin();
    const filled = this.#fillWith(key, args, value, flight).finally(() => {
      flights.end(key, flight);
      inProgress.end();
    });
    flight.share(filled);
    await filled;
    return (await flight.storeOutcome) === 'stored';
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
      const previous = 'obsolete';
      const computed = { value, args, promised: true, cost: 0, flight, permit, previous } as const;
      flight.storeAs(this.store.put(key, computed));
      return value;
    } catch (error) {
      if (permit.kind === 'lease') void permit.lease.release();
      throw error;
    }
  }

  /** Deletes a key. Returns whether the backend has confirmed it; if not, it is tried again later. */
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

  /** Deletes every entry. Returns whether the backend has confirmed it. */
  clear(): MaybePromise<boolean> {
    this.context.events.emit('', { type: 'clear' });
    return this.invalidateAll('');
  }
}
