import type { Entry } from './backend.js';
import { land, noteWait, runAs, waitsForItself, type Waiting } from './reentry.js';

/** One computation under way. */
export class Flight implements Waiting {
  /** What joiners share; missing while the function has not yet answered at all. */
  promise: PromiseLike<unknown> | undefined;
  /** Set when the key was invalidated or written meanwhile: the value may no longer be stored. */
  fenced = false;
  landed = false;
  begun = false;
  waitsFor: Set<Waiting> | undefined;
  parent: Waiting | undefined;

  /** Runs the computation as part of this flight. */
  run<R>(compute: () => R): R {
    return runAs(this, compute);
  }

  /** The shared outcome, or `undefined` if the caller is part of this flight and would wait for itself. */
  join(): PromiseLike<unknown> | undefined {
    // No promise yet: the function is still in its synchronous part, and so is the caller.
    if (this.promise === undefined || waitsForItself(this)) return undefined;
    const leave = noteWait(this);
    if (leave === undefined) return this.promise;
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

/** What is under way for each key: at most one computation that may store, and the reads. */
export class SingleFlight {
  readonly #flights = new Map<string, Flight>();
  /** Reads of an asynchronous backend that have not left the process yet. */
  readonly #reads = new Map<string, PromiseLike<Entry | undefined>>();

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
    if (this.#reads.size === 1) queueMicrotask(this.#endRun);
  }

  readonly #endRun = (): void => {
    this.#reads.clear();
  };

  get(key: string): Flight | undefined {
    return this.#flights.size === 0 ? undefined : this.#flights.get(key);
  }

  begin(key: string): Flight {
    const flight = new Flight();
    this.#flights.set(key, flight);
    return flight;
  }

  /** Takes a flight off the table, if it is still the one there: a fence may have let a newer one in. */
  end(key: string, flight: Flight): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
    flight.promise = undefined;
    land(flight);
  }

  /** The flight of a key loses its right to store; whoever comes next asks and computes anew. */
  fence(key: string): void {
    this.#reads.delete(key);
    const flight = this.#flights.get(key);
    if (flight === undefined) return;
    flight.fenced = true;
    this.#flights.delete(key);
  }

  /** `fence` for every key with the prefix. */
  fenceAll(prefix: string): void {
    this.#reads.clear();
    for (const key of this.#flights.keys()) if (key.startsWith(prefix)) this.fence(key);
  }
}
