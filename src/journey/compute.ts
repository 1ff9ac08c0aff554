import { deliver } from '../entry.js';
import { TimeoutError } from '../errors.js';
import { findSignal, replaceSignal } from '../flight/abort-signal.js';
import type { Flight } from '../flight/flight.js';
import type { FlightMode } from '../flight/single-flight.js';
import { isPromise, rescue, then, type MaybePromise } from '../platform/maybe-promise.js';
import { asksGetters } from './call.js';
import type { Context } from './context.js';
import { freshness } from './freshness.js';
import type { Previous, Store } from './store.js';
import { OPEN, type StorePermit } from './store-permit.js';

export type Compute = (this: unknown, ...args: readonly unknown[]) => unknown;

/** A computation to start. */
export interface Task {
  readonly key: string;
  readonly self: unknown;
  readonly args: readonly unknown[];
  /** Permit to store the value. The function is not called before the permit is there. */
  readonly permit: MaybePromise<StorePermit>;
  readonly mode: FlightMode;
  readonly previous: Previous;
}

/** State of a computation while it runs. */
interface RunState {
  permit: StorePermit;
  /** True if the function has returned a promise. */
  promised: boolean;
  /** Time at which the function was called. */
  began: number;
}

/** The compute step: runs the function, each time as a flight that others can join. */
export class Computations {
  /** Milliseconds that a computation is expected to take: a moving average; `undefined` before the first. */
  expected: number | undefined;

  constructor(
    private readonly compute: Compute,
    private readonly store: Store,
    private readonly context: Context,
  ) {}

  /** Calls the function itself, for a call that nobody shares and whose value is not stored. */
  callThrough(self: unknown, args: readonly unknown[]): unknown {
    return Reflect.apply(this.compute, self, args);
  }

  /** Computes in a flight of its own. The caller has the value before the store has finished. */
  start(task: Task): { readonly flight: Flight; readonly outcome: unknown } {
    const { key, self, args, mode } = task;
    const flight = this.context.flights.begin(key, mode);
    if (mode === 'background') flight.attachCaller(); // no caller's abort ends it
    const getters = asksGetters(this.context.settings);
    const signal = findSignal(args, getters);
    const ownArgs = signal === undefined ? args : replaceSignal(args, flight.signal, getters);
    if (signal !== undefined) flight.callersSignal = signal;
    const run: RunState = { permit: OPEN, promised: false, began: 0 };
    this.context.inProgress.begin();
    const work = rescue(
      () => {
        const answer = flight.run(() =>
          then(task.permit, (permit) => {
            run.permit = permit;
            run.began = this.context.settings.time.now();
            if (permit.kind === 'lease') permit.lease.keepAlive(() => this.#loseLease(key, flight));
            return Reflect.apply(this.compute, self, ownArgs);
          }),
        );
        // Joiners need a promise of the platform's own, whatever thenable the function returned.
        run.promised = isPromise(answer);
        return then(run.promised ? Promise.resolve(answer) : answer, (value) => {
          this.#succeed(task, flight, run, value);
          return value;
        });
      },
      (error) => this.#reject(task, flight, run, error),
    );
    const outcome = isPromise(work) ? this.#withTimeout(task, flight, work) : work;
    if (isPromise(outcome)) flight.share(outcome);
    return { flight, outcome };
  }

  #succeed(task: Task, flight: Flight, run: RunState, value: unknown): void {
    const { key, args, mode, previous } = task;
    const { permit, promised, began } = run;
    const cost = Math.max(0, this.context.settings.time.now() - began);
    const { expected } = this;
    this.expected = expected === undefined ? cost : expected + (cost - expected) / 8;
    if (!flight.fenced) {
      this.context.negativeCache.forget(key);
      if (mode !== 'unshared') this.context.flights.fenceAbandoned(key, flight);
    }
    const computed = { value, args, promised, cost, flight, permit, previous };
    flight.storeAs(this.store.put(key, computed));
    this.#endFlight(key, flight);
  }

  #reject(task: Task, flight: Flight, { permit, promised }: RunState, error: unknown): unknown {
    const { failureCounts: counts } = flight;
    this.#endFlight(task.key, flight);
    if (permit.kind === 'lease') void permit.lease.release();
    return this.#fail(task, counts, promised, error);
  }

  /**
   * Throws the error, or returns a stale value in its place (`staleIfError`). `counts`: whether the failure
   * is to be remembered.
   */
  #fail(task: Task, counts: boolean, promised: boolean, error: unknown): unknown {
    const { key, mode } = task;
    const { backend, events, negativeCache, unconfirmedDeletes, settings } = this.context;
    events.emit(key, { type: 'computeError', error });
    if (!counts) throw error;
    const mayFallBack =
      mode !== 'requested' &&
      settings.staleIfError > 0 &&
      backend.guardCallback('staleIfError', key, () => settings.fallsBackOn(error)) === true;
    negativeCache.add(key, error, promised, mayFallBack || mode === 'background');
    if (!mayFallBack || mode === 'background') throw error;
    // Looked up again after the failure: the key may have been invalidated, confirmed or not.
    if (unconfirmedDeletes.has(key)) throw error;
    return then(backend.get(key), (found) => {
      if (found.kind !== 'entry' || freshness(found.entry, settings, settings.time) === 'expired')
        throw error;
      events.emit(key, { type: 'fallback' });
      return deliver(found.entry);
    });
  }

  /** The outcome, or a TimeoutError if it takes too long. A later value may still be stored. */
  #withTimeout(task: Task, flight: Flight, work: PromiseLike<unknown>): PromiseLike<unknown> {
    const { computeTimeout } = this.context.settings;
    if (computeTimeout === Infinity) return work;
    return new Promise((resolve, reject) => {
      const onTimeout = (): void => {
        const error = new TimeoutError(
          `the computation has taken longer than ${computeTimeout} ms`,
        );
        const { failureCounts: counts } = flight;
        flight.abort(error);
        const instead = rescue(
          () => this.#fail(task, counts, true, error),
          (thrown) => Promise.reject(thrown),
        );
        resolve(instead);
      };
      flight.startTimeout(computeTimeout, onTimeout, task.mode !== 'background');
      work.then(
        (value) => {
          flight.stopTimeout();
          resolve(value);
        },
        (error: unknown) => {
          flight.stopTimeout();
          reject(error);
        },
      );
    });
  }

  #loseLease(key: string, flight: Flight): void {
    flight.fence();
    if (this.context.flights.get(key) === flight) this.context.flights.fence(key);
  }

  #endFlight(key: string, flight: Flight): void {
    this.context.flights.end(key, flight);
    this.context.inProgress.end();
  }
}
