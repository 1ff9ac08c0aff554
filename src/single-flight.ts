import { land, noteWait, runAs, runAtOnceAs, waitsForItself, type Waiting } from './reentry.js';

/** One computation under way. */
export class Flight implements Waiting {
  /** What joiners share; missing while the function has not yet answered at all. */
  promise: PromiseLike<unknown> | undefined;
  /** Set when the key was invalidated or written meanwhile: the value may no longer be stored. */
  fenced = false;
  landed = false;
  readonly waitsFor = new Set<Waiting>();

  /** Runs the computation as part of this flight. `atOnce` if it is known to leave nothing for later. */
  run<R>(compute: () => R, atOnce: boolean): R {
    return atOnce ? runAtOnceAs(this, compute) : runAs(this, compute);
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

/** At most one computation per key in this process. */
export class SingleFlight {
  readonly #flights = new Map<string, Flight>();

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

  /** The flight of a key loses its right to store; whoever comes next begins a new one. */
  fence(key: string): void {
    const flight = this.#flights.get(key);
    if (flight === undefined) return;
    flight.fenced = true;
    this.#flights.delete(key);
  }

  /** `fence` for every key with the prefix. */
  fenceAll(prefix: string): void {
    for (const key of this.#flights.keys()) if (key.startsWith(prefix)) this.fence(key);
  }
}
