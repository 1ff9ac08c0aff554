import { newCall } from './call.js';
import { attend, type Computing } from './compute.js';
import { peeked, type Peeked } from '../entry.js';
import type { Filling, Right } from './store.js';
import { forget } from './invalidate.js';
import { Lease, type Leasing } from './lease.js';
import type { Lookup } from './lookup.js';
import { disregard, isPromise, then, type MaybePromise } from '../platform/maybe-promise.js';
import type { Parts } from './context.js';
import type { Flight } from '../flight/single-flight.js';

/** What can be done to the entries of a function beside calling it. */
export class Upkeep {
  constructor(
    private readonly parts: Parts,
    private readonly lookup: Lookup,
    private readonly computing: Computing,
    private readonly filling: Filling,
    private readonly leasing: Leasing | undefined,
  ) {}

  /** Computes now, replaces what is stored, and answers the value. Calls meanwhile share it. */
  refresh(key: string, self: unknown, args: readonly unknown[]): unknown {
    const { events } = this.parts;
    events.emit(key, { type: 'refresh', reason: 'asked' });
    this.#fence(key);
    const right = this.#seize(key);
    const task = { key, self, args, right, mode: 'asked', supersedes: true } as const;
    const { flight, outcome } = this.computing.start(task);
    return attend(outcome, flight, newCall(key, self, args), events);
  }

  /** What this process computes, and what it remembers of failures, counts no more. */
  #fence(key: string): void {
    this.parts.flights.fence(key);
    this.parts.failures.forget(key);
  }

  /** The sole right to store, from now on. */
  #seize(key: string): MaybePromise<Right> {
    return this.leasing
      ?.seize(key, this.computing.expected)
      .then((lease): Right => lease ?? 'down');
  }

  /** The fresh entry of a key, if there is one. Computes nothing and counts as no call. */
  peek(key: string): MaybePromise<Peeked<unknown> | undefined> {
    return then(this.lookup.of(key), peeked);
  }

  /** Stores a value as if it had been computed; answers whether the backend has taken it. */
  prime(key: string, args: readonly unknown[], value: unknown): MaybePromise<boolean> {
    this.parts.events.emit(key, { type: 'prime' });
    this.#fence(key);
    // With leases the write is fenced too: else one that is held up could undo an invalidation.
    if (isPromise(value) || this.leasing !== undefined) {
      return this.#primeLater(key, args, Promise.resolve(value));
    }
    const made = { value, args, promised: false, cost: 0, replaces: true };
    return then(this.filling.store(key, made), (verdict) => verdict === 'stored');
  }

  /** While the value is awaited it is a computation under way: shared by calls, and fenced like one. */
  async #primeLater(
    key: string,
    args: readonly unknown[],
    value: Promise<unknown>,
  ): Promise<boolean> {
    const { flights, pending } = this.parts;
    const flight = flights.begin(key, 'asked');
    flight.primed = true;
    flight.enter(); // nobody's leaving ends it
    pending.begin();
    flight.promise = this.#fillWith(key, args, value, flight).finally(() => {
      flights.end(key, flight);
      pending.end();
    });
    await flight.promise;
    return (await flight.verdict) === 'stored';
  }

  async #fillWith(
    key: string,
    args: readonly unknown[],
    promise: Promise<unknown>,
    flight: Flight,
  ): Promise<unknown> {
    disregard(promise); // until it is awaited
    const right = await this.#seize(key);
    try {
      const value = await promise;
      const made = { value, args, promised: true, cost: 0, replaces: true };
      flight.verdict = this.filling.store(key, { ...made, flight, right });
      return value;
    } catch (error) {
      if (right instanceof Lease) void right.giveBack();
      throw error;
    }
  }

  /** Forgets a key; answers whether the backend confirmed it. If not, it is tried again. */
  invalidate(key: string): MaybePromise<boolean> {
    this.parts.events.emit(key, { type: 'invalidate' });
    this.#fence(key);
    return forget(key, this.parts);
  }

  /** `invalidate` for every key with the prefix. */
  invalidateAll(prefix: string): MaybePromise<boolean> {
    const { backend, failures, flights } = this.parts;
    flights.fenceAll(prefix);
    failures.forgetAll(prefix);
    return backend.clear(prefix);
  }

  /** Forgets everything; answers whether the backend confirmed it. */
  clear(): MaybePromise<boolean> {
    this.parts.events.emit('', { type: 'clear' });
    return this.invalidateAll('');
  }
}
