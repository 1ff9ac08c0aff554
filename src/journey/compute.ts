import { reportAbort, type Call } from './call.js';
import { monotonicNow } from '../platform/clock.js';
import { deliver } from '../entry.js';
import { TimeoutError } from '../errors.js';
import type { Events } from '../events.js';
import type { Store, StorePermit } from './store.js';
import { freshness } from './freshness.js';
import { Lease } from './lease.js';
import { isPromise, rescue, then, type MaybePromise } from '../platform/maybe-promise.js';
import type { Context } from './context.js';
import type { Flight } from '../flight/single-flight.js';
import { abortable, findSignal, replaceSignal } from '../flight/abort-signal.js';

export type Compute = (this: unknown, ...args: readonly unknown[]) => unknown;

/** One computation to make. */
export interface Task {
  readonly key: string;
  readonly self: unknown;
  readonly args: readonly unknown[];
  /** What will let the value be stored, and when it is there: nothing is computed before. */
  readonly permit: MaybePromise<StorePermit>;
  /**
   * For whom: a call and those who join it; nobody, `background` a stale answer; who has `requested` a refresh;
   * or a call that has waited for others in vain, `unshared`.
   */
  readonly mode: 'call' | 'background' | 'requested' | 'unshared';
  /** Whether an older value was found, which goes if the new one is not to be stored. */
  readonly foundOlder: boolean;
}

/** A caller's share of an outcome, which it leaves when its own signal aborts. */
export function attach(outcome: unknown, flight: Flight, call: Call, events: Events): unknown {
  flight.attachCaller();
  if (call.signal === undefined) return outcome;
  return abortable(outcome, call.signal, () => {
    reportAbort(call, events);
    flight.detachCaller(call.signal?.reason);
  });
}

/** Runs the function, each time as a flight that others can join. */
export class Computations {
  /** Milliseconds that a computation may be expected to take; nothing before the first. */
  expected: number | undefined;

  constructor(
    private readonly compute: Compute,
    private readonly filling: Store,
    private readonly context: Context,
  ) {}

  /** The function itself, for a call that nobody shares and whose value is not stored. */
  callThrough(self: unknown, args: readonly unknown[]): unknown {
    return Reflect.apply(this.compute, self, args);
  }

  /** Computes in a flight of its own. The caller has the value before the store has finished. */
  start(task: Task): { readonly flight: Flight; readonly outcome: unknown } {
    const { key, self, args, mode } = task;
    const flight = this.context.flights.begin(key, mode);
    if (mode === 'background') flight.attachCaller(); // nobody's leaving ends it
    const own = findSignal(args) === undefined ? args : replaceSignal(args, flight.signal);
    const run: RunState = { permit: undefined, promised: false, began: 0 };
    this.context.inProgress.begin();
    const work = rescue(
      () => {
        const answer = flight.run(() =>
          then(task.permit, (permit) => {
            run.permit = permit;
            run.began = monotonicNow();
            if (permit instanceof Lease) permit.keepAlive(() => this.#loseLease(key, flight));
            return Reflect.apply(this.compute, self, own);
          }),
        );
        // Joiners need a promise of the platform's own, whatever thenable the function answered.
        run.promised = isPromise(answer);
        return then(run.promised ? Promise.resolve(answer) : answer, (value) => {
          this.#done(task, flight, run, value);
          return value;
        });
      },
      (error) => this.#failed(task, flight, run, error),
    );
    const outcome = isPromise(work) ? this.#timed(task, flight, work) : work;
    if (isPromise(outcome)) flight.promise = outcome;
    return { flight, outcome };
  }

  #done(
    task: Task,
    flight: Flight,
    { permit: permit, promised, began }: RunState,
    value: unknown,
  ): void {
    const { key, args, mode, foundOlder: foundOlder } = task;
    const cost = monotonicNow() - began;
    const { expected } = this;
    this.expected = expected === undefined ? cost : expected + (cost - expected) / 8;
    if (!flight.fenced) {
      this.context.negativeCache.forget(key);
      if (mode !== 'unshared') this.context.flights.fenceAbandoned(key, flight);
    }
    const mustReplace = mode === 'requested';
    const made = { value, args, promised, cost, mustReplace, foundOlder, flight, permit };
    flight.fillOutcome = this.filling.put(key, made);
    this.#release(key, flight);
  }

  #failed(
    task: Task,
    flight: Flight,
    { permit: permit, promised }: RunState,
    error: unknown,
  ): unknown {
    const heeded = !flight.settled && !flight.fenced;
    this.#release(task.key, flight);
    if (permit instanceof Lease) void permit.release();
    return this.#fail(task, heeded, promised, error);
  }

  /** `heeded`: whether the failure counts, since nobody has invalidated meanwhile and somebody waits. */
  #fail(task: Task, heeded: boolean, promised: boolean, error: unknown): unknown {
    const { key, mode } = task;
    const { backend, events, negativeCache, unconfirmedDeletes, policy } = this.context;
    events.emit(key, { type: 'computeError', error });
    if (!heeded) throw error;
    const may =
      mode !== 'requested' &&
      policy.staleIfError > 0 &&
      backend.guardCallback('staleIfError', key, () => policy.fallsBackOn(error)) === true;
    negativeCache.add(key, error, promised, may || mode === 'background');
    if (!may || mode === 'background') throw error;
    // Looked for again, after the failure: it may have been invalidated, whether that is confirmed or not.
    if (unconfirmedDeletes.has(key)) throw error;
    return then(backend.get(key), (entry) => {
      if (entry === undefined || freshness(entry, policy) === 'expired') throw error;
      events.emit(key, { type: 'fallback' });
      return deliver(entry);
    });
  }

  /** The outcome, or a TimeoutError if it takes too long. What comes later may still be stored. */
  #timed(task: Task, flight: Flight, work: PromiseLike<unknown>): PromiseLike<unknown> {
    const { computeTimeout } = this.context.policy;
    if (computeTimeout === Infinity) return work;
    return new Promise((resolve, reject) => {
      const onLate = (): void => {
        const error = new TimeoutError(`computing has taken longer than ${computeTimeout} ms`);
        const heeded = !flight.settled && !flight.fenced;
        flight.abort(error);
        const instead = rescue(
          () => this.#fail(task, heeded, true, error),
          (thrown) => Promise.reject(thrown),
        );
        resolve(instead);
      };
      flight.startTimeout(computeTimeout, onLate, task.mode !== 'background');
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
    flight.fenced = true;
    if (this.context.flights.get(key) === flight) this.context.flights.fence(key);
  }

  #release(key: string, flight: Flight): void {
    this.context.flights.end(key, flight);
    this.context.inProgress.end();
  }
}

/** What becomes known of a computation while it runs. */
interface RunState {
  permit: StorePermit;
  /** Whether the function has answered with a promise. */
  promised: boolean;
  /** When it was called. */
  began: number;
}
