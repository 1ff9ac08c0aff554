import type { MaybePromise } from '../platform/maybe-promise.js';
import { ref, unref } from '../platform/clock.js';
import { isAbortError, type Signal } from './abort-signal.js';
import { noteWait, runInPlaceOf, runInside, settleNode, WaitForNode } from './recursion.js';

/** Outcome of storing a value. `declined`: it is not to be stored. `unknown`: the backend does not say. */
export type StoreOutcome = 'stored' | 'declined' | 'fenced' | 'unknown';

/** One computation under way, or one `prime` that awaits its value. */
export class Flight {
  readonly #node = new WaitForNode();
  #promise: PromiseLike<unknown> | undefined;
  #fenced = false;
  #storeOutcome: MaybePromise<StoreOutcome> | undefined;
  #callers = 0;
  /** How many of the callers have joined. */
  #joiners = 0;
  /** The promise that joiners share, made for the first of them. */
  #joined: PromiseLike<unknown> | undefined;
  /** The signal in the arguments of the computation, which are those of its first caller. */
  callersSignal: Signal | undefined;
  #controller: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** True if the timer lets the process end: as long as nobody but the cache itself waits. */
  #unheld = false;

  constructor(
    /** `'prime'`: the promise is not the function's, and its rejection is none of the joiners'. */
    readonly kind: 'compute' | 'prime',
    /** Called when the last caller has left. */
    private readonly onAbandoned: (flight: Flight) => void,
  ) {}

  /** Signal of the computation itself: it aborts when nobody waits any more. */
  get signal(): Signal {
    return (this.#controller ??= new AbortController()).signal;
  }

  /** True once the key was invalidated or written: the value must not be stored any more. */
  get fenced(): boolean {
    return this.#fenced;
  }

  /** True while a failure is to be remembered: nobody has invalidated, and somebody waits. */
  get failureCounts(): boolean {
    return !this.#fenced && !this.#node.settled;
  }

  /** Outcome of the store; `undefined` before it begins, and after a failure. */
  get storeOutcome(): MaybePromise<StoreOutcome> | undefined {
    return this.#storeOutcome;
  }

  /** Runs the computation as part of this flight. */
  run<R>(compute: () => R): R {
    return runInside(this.#node, compute);
  }

  /** Offers the promise that joiners share. Before it, the function is still in its synchronous part. */
  share(promise: PromiseLike<unknown>): void {
    if (!this.#node.settled) this.#promise = promise;
  }

  storeAs(outcome: MaybePromise<StoreOutcome>): void {
    this.#storeOutcome = outcome;
  }

  fence(): void {
    this.#fenced = true;
  }

  /** The flight has ended: nobody joins it any more. */
  settle(): void {
    this.#promise = undefined;
    settleNode(this.#node);
  }

  attachCaller(joins = false): void {
    this.#callers += 1;
    if (this.#unheld) {
      this.#unheld = false;
      ref(this.#timer);
    }
    if (joins) this.#joiners += 1;
  }

  /** A caller has aborted. When it was the last one, the computation's own signal aborts. */
  detachCaller(reason: unknown, joined = false): void {
    this.#callers -= 1;
    if (joined) this.#joiners -= 1;
    if (this.#callers === 0) this.abort(reason);
  }

  /** Nobody waits any more: later calls do not join, and the function's signal aborts. */
  abort(reason: unknown): void {
    this.stopTimeout();
    this.onAbandoned(this);
    this.#controller?.abort(reason);
  }

  /** Calls back after so many milliseconds. `holds`: whether the timer keeps the process alive. */
  startTimeout(milliseconds: number, onTimeout: () => void, holds: boolean): void {
    this.#timer = setTimeout(onTimeout, milliseconds);
    this.#unheld = !holds;
    if (!holds) unref(this.#timer);
  }

  stopTimeout(): void {
    clearTimeout(this.#timer);
    this.#unheld = false;
  }

  /**
   * The shared outcome; `undefined` if the caller is part of this flight and would wait for itself. If the
   * signal of the flight's own caller ends the computation, joiners get the outcome of `again`, which is
   * called once for all of them; without it, the rejection.
   */
  join(again?: () => unknown): PromiseLike<unknown> | undefined {
    // Without a promise the function is in its synchronous part, and so is the caller.
    if (this.#promise === undefined) return undefined;
    const stopWaiting = noteWait(this.#node);
    if (stopWaiting === 'itself') return undefined;
    const shared =
      again === undefined ? this.#promise : (this.#joined ??= this.#orAgain(this.#promise, again));
    if (stopWaiting === undefined) return shared;
    return shared.then(
      (value) => {
        stopWaiting();
        return value;
      },
      (error: unknown) => {
        stopWaiting();
        throw error;
      },
    );
  }

  #orAgain(promise: PromiseLike<unknown>, again: () => unknown): PromiseLike<unknown> {
    return promise.then(undefined, (error: unknown) => {
      if (this.#joiners === 0 || !this.#endedByCaller(error)) throw error;
      this.#callers = this.#joiners; // when they too have left, the signal of this flight aborts
      return runInPlaceOf(this.#node, again);
    });
  }

  #endedByCaller(error: unknown): boolean {
    const { callersSignal } = this;
    if (callersSignal?.aborted === true && error === callersSignal.reason) return true;
    return isAbortError(error);
  }
}
