import { nextOrder, type Call } from './call.js';
import { attach, type Computations } from './compute.js';
import { isPromise } from '../platform/maybe-promise.js';
import type { Context } from './context.js';
import type { Flight } from '../flight/single-flight.js';

interface UnsharedFlight {
  readonly flight: Flight;
  readonly order: number;
}

/**
 * Computations for calls between which and the lease others have come for too long. Their values are not
 * stored, and only calls that had begun before share them: whatever was invalidated meanwhile, those may.
 */
export class UnsharedComputations {
  readonly #running = new Map<string, UnsharedFlight>();

  constructor(
    private readonly context: Context,
    private readonly computing: Computations,
  ) {}

  start(call: Call): unknown {
    const { key, self, args, order } = call;
    const { events } = this.context;
    const shared = this.#running.get(key);
    const promise = shared !== undefined && order < shared.order && shared.flight.promise;
    events.emit(key, { type: promise ? 'join' : 'miss' });
    if (promise) return attach(promise, shared.flight, call, events);
    const began = nextOrder();
    const task = {
      key,
      self,
      args,
      permit: 'leaseHeld',
      mode: 'unshared',
      foundOlder: false,
    } as const;
    const { flight, outcome } = this.computing.start(task);
    if (isPromise(outcome)) this.#share(key, { flight, order: began }, outcome);
    return attach(outcome, flight, call, events);
  }

  #share(key: string, lone: UnsharedFlight, outcome: PromiseLike<unknown>): void {
    this.#running.set(key, lone);
    const ended = (): void => {
      if (this.#running.get(key) === lone) this.#running.delete(key);
    };
    outcome.then(ended, ended);
  }
}
