import { now } from './clock.js';
import { deliver } from './entry.js';
import { TimeoutError } from './errors.js';
import type { Events } from './events.js';
import type { Filling, Right } from './filling.js';
import { freshness } from './freshness.js';
import { Lease } from './lease.js';
import { isPromise, rescue, then, type MaybePromise } from './maybe-promise.js';
import type { Parts } from './parts.js';
import type { Flight } from './single-flight.js';
import { abortable, signalIn, withSignal } from './signals.js';

export type Compute = (this: unknown, ...args: readonly unknown[]) => unknown;

/** One computation to make. */
export interface Task {
  readonly key: string;
  readonly self: unknown;
  readonly args: readonly unknown[];
  /** What will let the value be stored, and when it is there: nothing is computed before. */
  readonly right: MaybePromise<Right>;
  /** Whether the value is to take the place of another. */
  readonly replaces?: boolean;
  /** Whether it runs behind a stale answer. */
  readonly behind?: boolean;
  /** Whether nobody else may share it. */
  readonly alone?: boolean;
}

/** A caller's share of an outcome, which it leaves when its own signal aborts. */
export function attend(
  outcome: unknown,
  flight: Flight,
  { key, signal }: { readonly key: string; readonly signal: AbortSignal | undefined },
  events: Events,
): unknown {
  flight.enter();
  return abortable(outcome, signal, () => {
    events.emit(key, { type: 'leave' });
    flight.leave(signal?.reason);
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
    const { key, self, args } = task;
    const flight = this.parts.flights.begin(key, task);
    const own = signalIn(args) === undefined ? args : withSignal(args, flight.signal);
    let right: Right;
    let began = now();
    this.parts.pending.begin();
    const work = rescue(
      () => {
        const answer = flight.run(() =>
          then(task.right, (given) => {
            right = given;
            began = now();
            if (right instanceof Lease) right.keep(() => this.#lost(key, flight));
            return Reflect.apply(this.compute, self, own);
          }),
        );
        // Joiners need a promise of the platform's own, whatever thenable the function answered.
        const promised = isPromise(answer);
        return then(promised ? Promise.resolve(answer) : answer, (value) => {
          this.#done(task, flight, value, { right, promised, cost: now() - began });
          return value;
        });
      },
      (error) => this.#failed(task, flight, error, right),
    );
    const outcome = isPromise(work) ? this.#timed(task, flight, work) : work;
    if (isPromise(outcome)) flight.promise = outcome;
    return { flight, outcome };
  }

  #done(
    { key, args, replaces = false }: Task,
    flight: Flight,
    value: unknown,
    { right, promised, cost }: { right: Right; promised: boolean; cost: number },
  ): void {
    const { expected } = this;
    this.expected = expected === undefined ? cost : expected + (cost - expected) / 8;
    if (!flight.fenced) this.parts.failures.forget(key);
    const made = { value, args, promised, cost, replaces, flight, right };
    flight.verdict = this.filling.store(key, made);
    this.#land(key, flight);
  }

  #failed(task: Task, flight: Flight, error: unknown, right: Right): unknown {
    const abandoned = flight.landed;
    this.#land(task.key, flight);
    this.parts.events.emit(task.key, { type: 'throw', error });
    if (right instanceof Lease) {
      right.end();
      if (right.placeholder) void right.release();
    }
    if (abandoned || flight.fenced) throw error;
    return this.#fallBack(task, error);
  }

  /** The stale value in the place of an error, if it is still there: looked for again, after the failure. */
  #fallBack({ key, behind = false }: Task, error: unknown): unknown {
    const { backend, policy } = this.parts;
    const may =
      policy.staleIfError > 0 &&
      backend.ask('staleIfError', key, () => policy.fallsBackOn(error)) === true;
    this.parts.failures.failed(key, error, may || behind);
    if (!may || behind) throw error;
    return then(backend.get(key), (entry) => {
      if (entry === undefined || freshness(entry, policy) === 'expired') throw error;
      this.parts.events.emit(key, { type: 'fallback' });
      return deliver(entry);
    });
  }

  #timed(task: Task, flight: Flight, work: PromiseLike<unknown>): PromiseLike<unknown> {
    const { computeTimeout } = this.parts.policy;
    if (computeTimeout === Infinity) return work;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const error = new TimeoutError(`computing has taken longer than ${computeTimeout} ms`);
        flight.abort(error);
        this.parts.events.emit(task.key, { type: 'throw', error });
        const instead = rescue(
          () => this.#fallBack(task, error),
          (thrown) => Promise.reject(thrown),
        );
        resolve(instead);
      }, computeTimeout);
      const settled = (): void => {
        clearTimeout(timer);
      };
      work.then(
        (value) => {
          settled();
          resolve(value);
        },
        (error: unknown) => {
          settled();
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
