import { isPromise } from '../platform/maybe-promise.js';
import type { Flight } from '../flight/flight.js';
import { attach, join, nextOrder, type Call } from './call.js';
import type { Computations } from './compute.js';
import type { Context } from './context.js';
import { LEASE_HELD } from './store-permit.js';

interface UnsharedFlight {
  readonly flight: Flight;
  readonly promise: PromiseLike<unknown>;
  readonly order: number;
}

/**
 * Last resort of a call that lost the race for the lease several times, or waited longer than `lease.wait`:
 * it computes for itself and stores nothing. Only calls made before that computation began may share it;
 * for them no later invalidation can matter.
 */
export class UnsharedComputations {
  readonly #running = new Map<string, UnsharedFlight>();

  constructor(
    private readonly context: Context,
    private readonly computations: Computations,
  ) {}

  start(call: Call, retry: (again: Call) => unknown): unknown {
    const { key, self, args, order } = call;
    const { events } = this.context;
    const running = this.#running.get(key);
    if (running !== undefined && order < running.order) {
      const { flight } = running;
      const shared = join(call, flight, retry);
      if (shared !== undefined) {
        events.join(key);
        return attach(call, flight, shared, events, true);
      }
    }
    events.emit(key, { type: 'miss' });
    const began = nextOrder();
    const permit = LEASE_HELD;
    const task = { key, self, args, permit, mode: 'unshared', previous: 'none' } as const;
    const { flight, outcome } = this.computations.start(task);
    if (isPromise(outcome)) this.#offer(key, { flight, promise: outcome, order: began });
    return attach(call, flight, outcome, events);
  }

  #offer(key: string, offered: UnsharedFlight): void {
    this.#running.set(key, offered);
    const end = (): void => {
      if (this.#running.get(key) === offered) this.#running.delete(key);
    };
    offered.promise.then(end, end);
  }
}
