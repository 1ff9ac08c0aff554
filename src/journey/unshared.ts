import { nextOrder, type Call } from './call.js';
import { attend, type Computing } from './compute.js';
import { isPromise } from '../platform/maybe-promise.js';
import type { Parts } from './context.js';
import type { Flight } from '../flight/single-flight.js';

interface Lone {
  readonly flight: Flight;
  readonly order: number;
}

/**
 * Computations for calls between which and the lease others have come for too long. Their values are not
 * stored, and only calls that had begun before share them: whatever was invalidated meanwhile, those may.
 */
export class Alone {
  readonly #under = new Map<string, Lone>();

  constructor(
    private readonly parts: Parts,
    private readonly computing: Computing,
  ) {}

  start(call: Call): unknown {
    const { key, self, args, order } = call;
    const { events } = this.parts;
    const shared = this.#under.get(key);
    const promise = shared !== undefined && order < shared.order && shared.flight.promise;
    events.emit(key, { type: promise ? 'join' : 'miss' });
    if (promise) return attend(promise, shared.flight, call, events);
    const began = nextOrder();
    const task = { key, self, args, right: 'held', mode: 'alone', supersedes: false } as const;
    const { flight, outcome } = this.computing.start(task);
    if (isPromise(outcome)) this.#share(key, { flight, order: began }, outcome);
    return attend(outcome, flight, call, events);
  }

  #share(key: string, lone: Lone, outcome: PromiseLike<unknown>): void {
    this.#under.set(key, lone);
    const ended = (): void => {
      if (this.#under.get(key) === lone) this.#under.delete(key);
    };
    outcome.then(ended, ended);
  }
}
