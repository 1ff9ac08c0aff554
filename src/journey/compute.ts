import { tellLeft, type Call } from './call.js';
import { now } from '../platform/clock.js';
import { deliver } from '../entry.js';
import { TimeoutError } from '../errors.js';
import type { Events } from '../events.js';
import type { Filling, Right } from './store.js';
import { freshness } from './freshness.js';
import { Lease } from './lease.js';
import { isPromise, rescue, then, type MaybePromise } from '../platform/maybe-promise.js';
import type { Parts } from './context.js';
import type { Flight } from '../flight/single-flight.js';
import { abortable, signalIn, withSignal } from '../flight/abort-signal.js';

export type Compute = (this: unknown, ...args: readonly unknown[]) => unknown;

/** One computation to make. */
export interface Task {
  readonly key: string;
  readonly self: unknown;
  readonly args: readonly unknown[];
  /** What will let the value be stored, and when it is there: nothing is computed before. */
  readonly right: MaybePromise<Right>;
  /**
   * For whom: a call and those who join it; nobody, `behind` a stale answer; who has `asked` for a refresh;
   * or a call that has waited for others in vain, `alone`.
   */
  readonly mode: 'call' | 'behind' | 'asked' | 'alone';
  /** Whether an older value was found, which goes if the new one is not to be stored. */
  readonly supersedes: boolean;
}

/** A caller's share of an outcome, which it leaves when its own signal aborts. */
export function attend(outcome: unknown, flight: Flight, call: Call, events: Events): unknown {
  flight.enter();
  if (call.signal === undefined) return outcome;
  return abortable(outcome, call.signal, () => {
    tellLeft(call, events);
    flight.leave(call.signal?.reason);
  });
}

/** Runs the function, each time as a flight that others can join. */
export class Computing {
  /** Milliseconds that a computation may be expected to take; nothing before the first. */
  expected: number | undefined;

  constructor(
    private readonly compute: Compute,
    private readonly filling: Filling,
    private readonly parts: Parts,
  ) {}

  /** The function itself, for a call that nobody shares and whose value is not stored. */
  straight(self: unknown, args: readonly unknown[]): unknown {
    return Reflect.apply(this.compute, self, args);
  }

  /** Computes in a flight of its own. The caller has the value before the store has finished. */
  start(task: Task): { readonly flight: Flight; readonly outcome: unknown } {
    const { key, self, args, mode } = task;
    const flight = this.parts.flights.begin(key, mode);
    if (mode === 'behind') flight.enter(); // nobody's leaving ends it
    const own = signalIn(args) === undefined ? args : withSignal(args, flight.signal);
    const run: Run = { right: undefined, promised: false, began: 0 };
    this.parts.pending.begin();
    const work = rescue(
      () => {
        const answer = flight.run(() =>
          then(task.right, (right) => {
            run.right = right;
            run.began = now();
            if (right instanceof Lease) right.keep(() => this.#lost(key, flight));
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

  #done(task: Task, flight: Flight, { right, promised, began }: Run, value: unknown): void {
    const { key, args, mode, supersedes } = task;
    const cost = now() - began;
    const { expected } = this;
    this.expected = expected === undefined ? cost : expected + (cost - expected) / 8;
    if (!flight.fenced) {
      this.parts.failures.forget(key);
      if (mode !== 'alone') this.parts.flights.came(key, flight);
    }
    const replaces = mode === 'asked';
    const made = { value, args, promised, cost, replaces, supersedes, flight, right };
    flight.verdict = this.filling.store(key, made);
    this.#land(key, flight);
  }

  #failed(task: Task, flight: Flight, { right, promised }: Run, error: unknown): unknown {
    const heeded = !flight.landed && !flight.fenced;
    this.#land(task.key, flight);
    if (right instanceof Lease) void right.giveBack();
    return this.#fail(task, heeded, promised, error);
  }

  /** `heeded`: whether the failure counts, since nobody has invalidated meanwhile and somebody waits. */
  #fail(task: Task, heeded: boolean, promised: boolean, error: unknown): unknown {
    const { key, mode } = task;
    const { backend, events, failures, owed, policy } = this.parts;
    events.emit(key, { type: 'throw', error });
    if (!heeded) throw error;
    const may =
      mode !== 'asked' &&
      policy.staleIfError > 0 &&
      backend.ask('staleIfError', key, () => policy.fallsBackOn(error)) === true;
    failures.failed(key, error, promised, may || mode === 'behind');
    if (!may || mode === 'behind') throw error;
    // Looked for again, after the failure: it may have been invalidated, whether that is confirmed or not.
    if (owed.has(key)) throw error;
    return then(backend.get(key), (entry) => {
      if (entry === undefined || freshness(entry, policy) === 'expired') throw error;
      events.emit(key, { type: 'fallback' });
      return deliver(entry);
    });
  }

  /** The outcome, or a TimeoutError if it takes too long. What comes later may still be stored. */
  #timed(task: Task, flight: Flight, work: PromiseLike<unknown>): PromiseLike<unknown> {
    const { computeTimeout } = this.parts.policy;
    if (computeTimeout === Infinity) return work;
    return new Promise((resolve, reject) => {
      const onLate = (): void => {
        const error = new TimeoutError(`computing has taken longer than ${computeTimeout} ms`);
        const heeded = !flight.landed && !flight.fenced;
        flight.abort(error);
        const instead = rescue(
          () => this.#fail(task, heeded, true, error),
          (thrown) => Promise.reject(thrown),
        );
        resolve(instead);
      };
      flight.limit(computeTimeout, onLate, task.mode !== 'behind');
      work.then(
        (value) => {
          flight.unlimit();
          resolve(value);
        },
        (error: unknown) => {
          flight.unlimit();
          reject(error);
        },
      );
    });
  }

  #lost(key: string, flight: Flight): void {
    flight.fenced = true;
    if (this.parts.flights.get(key) === flight) this.parts.flights.fence(key);
  }

  #land(key: string, flight: Flight): void {
    this.parts.flights.end(key, flight);
    this.parts.pending.end();
  }
}

/** What becomes known of a computation while it runs. */
interface Run {
  right: Right;
  /** Whether the function has answered with a promise. */
  promised: boolean;
  /** When it was called. */
  began: number;
}
