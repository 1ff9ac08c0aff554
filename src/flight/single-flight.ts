import type { Entry } from '../backend.js';
import { unref } from '../platform/clock.js';
import type { MaybePromise } from '../platform/maybe-promise.js';
import { settle, noteWait, runInside, type WaitForNode } from './recursion.js';

// As it was when this was loaded, unless it was faked even then: a fake does not run by itself.
const enqueue: (work: () => void) => void =
  'clock' in queueMicrotask
    ? (work) => void Promise.resolve().then(work)
    : queueMicrotask.bind(globalThis);

/** What we use of an AbortSignal. Declared here, since not every program that uses us has its type. */
export interface Signal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** What became of a fill. `unknown`: the backend does not say. */
export type FillOutcome = 'stored' | 'unstored' | 'fenced' | 'unknown';

/** One computation under way. */
export class Flight implements WaitForNode {
  /** What joiners share; missing while the function has not yet answered at all. */
  promise: PromiseLike<unknown> | undefined;
  /** Set when the key was invalidated or written meanwhile: the value may no longer be stored. */
  fenced = false;
  /** Where a fill can be refused by the backend: what became of it. */
  fillOutcome: MaybePromise<FillOutcome> | undefined;
  /** Set where the promise is not the function's: its rejection is none of the joiners'. */
  primed = false;
  settled = false;
  tracked = false;
  waitsFor: Set<WaitForNode> | undefined;
  parent: WaitForNode | undefined;
  #callers = 0;
  #controller: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `onEmpty` hears when the last caller has left. */
  constructor(private readonly onEmpty: (flight: Flight) => void) {}

  /** The computation's own signal: it aborts when nobody waits any more. */
  get signal(): Signal {
    return (this.#controller ??= new AbortController()).signal;
  }

  /** Calls back after so many milliseconds, unless everybody leaves before; `holds` the process if so. */
  startTimeout(milliseconds: number, onLate: () => void, holds: boolean): void {
    this.#timer = setTimeout(onLate, milliseconds);
    if (!holds) unref(this.#timer);
  }

  /** It has ended in time. */
  stopTimeout(): void {
    clearTimeout(this.#timer);
  }

  /** Runs the computation as part of this flight. */
  run<R>(compute: () => R): R {
    return runInside(this, compute);
  }

  /** A caller waits. */
  attachCaller(): void {
    this.#callers += 1;
  }

  /** A caller has left. When it was the last, nobody waits any more. */
  detachCaller(reason: unknown): void {
    this.#callers -= 1;
    if (this.#callers === 0) this.abort(reason);
  }

  /** Nobody waits any more: who comes next does not join, and the function hears of it. */
  abort(reason: unknown): void {
    this.stopTimeout();
    this.onEmpty(this);
    this.#controller?.abort(reason);
  }

  /** The shared outcome, or `undefined` if the caller is part of this flight and would wait for itself. */
  join(): PromiseLike<unknown> | undefined {
    // No promise yet: the function is still in its synchronous part, and so is the caller.
    if (this.promise === undefined) return undefined;
    const leave = noteWait(this);
    if (leave === undefined) return this.promise;
    if (leave === 'itself') return undefined;
    return this.promise.then(
      (value) => {
        leave();
        return value;
      },
      (error: unknown) => {
        leave();
        throw error;
      },
    );
  }
}

/** Flights that nobody can join: beyond so many, the oldest loses its right to store. */
const MAX_ABANDONED = 1_000;

interface Watcher {
  begun(key: string): void;
  ended(key: string): void;
}

/** What is under way for each key: the computations that may store, and the reads. */
export class SingleFlight {
  /** Those that calls join. */
  readonly #flights = new Map<string, Flight>();
  /** Those behind a stale answer: joined only where there is nothing to answer. */
  readonly #refreshes = new Map<string, Flight>();
  /** Those that everybody has left, and that may still store: of each key the oldest. */
  readonly #abandoned = new Map<string, Flight>();
  readonly #tables = [this.#flights, this.#refreshes, this.#abandoned];
  /** Reads of an asynchronous backend that have not left the process yet. */
  readonly #reads = new Map<string, PromiseLike<Entry | undefined>>();

  /** Hears when calls of a key begin to join a flight, and when they no longer do. */
  watcher: Watcher | undefined;

  /** The read of a key that may still be shared. */
  read(key: string): PromiseLike<Entry | undefined> | undefined {
    return this.#reads.size === 0 ? undefined : this.#reads.get(key);
  }

  /**
   * Shares a read until the end of the synchronous run, when it leaves the process. After that somebody
   * elsewhere may invalidate before it is answered: a call that begins later must ask for itself.
   */
  shareRead(key: string, read: PromiseLike<Entry | undefined>): void {
    this.#reads.set(key, read);
    if (this.#reads.size === 1) enqueue(this.#endRun);
  }

  readonly #endRun = (): void => {
    this.#reads.clear();
  };

  get(key: string): Flight | undefined {
    return this.#flights.size === 0 ? undefined : this.#flights.get(key);
  }

  /** The one behind a stale answer. */
  refreshOf(key: string): Flight | undefined {
    return this.#refreshes.get(key);
  }

  /** Those `unshared` are in no table: nobody joins them, and nothing need fence them. */
  begin(key: string, mode: 'call' | 'background' | 'requested' | 'unshared'): Flight {
    if (mode === 'unshared') return new Flight(settle);
    const flight = new Flight((empty) => {
      this.#abandon(key, empty);
    });
    const table = mode === 'background' ? this.#refreshes : this.#flights;
    this.#fenceIn(table, key); // what is in no table cannot be fenced any more
    table.set(key, flight);
    if (mode !== 'background') this.watcher?.begun(key);
    return flight;
  }

  /** Takes a flight off its table, if it is still the one there: a fence may have let a newer one in. */
  end(key: string, flight: Flight): void {
    for (const table of this.#tables) if (table.get(key) === flight) this.#remove(table, key);
    flight.promise = undefined;
    settle(flight);
  }

  /** A value has come: what was begun before, and everybody has left, may not take its place. */
  fenceAbandoned(key: string, flight: Flight): void {
    if (this.#abandoned.get(key) !== flight) this.#fenceIn(this.#abandoned, key);
  }

  /** The flights of a key lose their right to store; whoever comes next asks and computes anew. */
  fence(key: string): void {
    this.#reads.delete(key);
    for (const table of this.#tables) this.#fenceIn(table, key);
  }

  /** `fence` for every key with the prefix. */
  fenceAll(prefix: string): void {
    this.#reads.clear();
    for (const table of this.#tables)
      for (const key of table.keys()) if (key.startsWith(prefix)) this.#fenceIn(table, key);
  }

  #fenceIn(table: Map<string, Flight>, key: string): void {
    const flight = table.get(key);
    if (flight === undefined) return;
    flight.fenced = true;
    this.#remove(table, key);
  }

  #remove(table: Map<string, Flight>, key: string): void {
    table.delete(key);
    if (table === this.#flights) this.watcher?.ended(key);
  }

  #abandon(key: string, flight: Flight): void {
    if (flight.settled || flight.fenced) return;
    this.end(key, flight);
    if (this.#abandoned.has(key)) {
      flight.fenced = true; // else each would take the right from the one before, and none come to store
      return;
    }
    this.#abandoned.set(key, flight);
    const [oldest] = this.#abandoned.keys();
    if (this.#abandoned.size > MAX_ABANDONED && oldest !== undefined)
      this.#fenceIn(this.#abandoned, oldest);
  }
}
