import type { Flight } from './flight.js';

/** Flights by key, one of each. A flight that leaves the table before its end is fenced. */
export class FlightTable {
  protected readonly flights = new Map<string, Flight>();

  get size(): number {
    return this.flights.size;
  }

  get(key: string): Flight | undefined {
    return this.flights.size === 0 ? undefined : this.flights.get(key);
  }

  /** Adds a flight in the place of another, which is fenced: nobody could fence it later. */
  add(key: string, flight: Flight): void {
    this.fence(key);
    this.flights.set(key, flight);
  }

  /** Removes a flight if it is still the one of its key: a fence may have let a newer one in. */
  remove(key: string, flight: Flight): void {
    if (this.flights.get(key) === flight) this.flights.delete(key);
  }

  fence(key: string): void {
    this.flights.get(key)?.fence();
    this.flights.delete(key);
  }

  /** `fence` for every key with the prefix. */
  fenceAll(prefix: string): void {
    for (const key of this.flights.keys()) if (key.startsWith(prefix)) this.fence(key);
  }
}

/** Beyond so many abandoned flights the oldest is fenced. */
const MAX_ABANDONED = 1_000;

/**
 * Abandoned flights: every caller has aborted or timed out, but the value may still be stored. Of each key
 * the oldest one is kept and later ones are fenced; otherwise a function slower than its `computeTimeout`
 * would be fenced by its successor every time, and never be cached.
 */
export class AbandonedFlights extends FlightTable {
  override add(key: string, flight: Flight): void {
    if (this.flights.has(key)) {
      flight.fence();
      return;
    }
    this.flights.set(key, flight);
    const [oldest] = this.flights.keys();
    if (this.flights.size > MAX_ABANDONED && oldest !== undefined) this.fence(oldest);
  }

  /** A flight has a value: an older one must not overwrite it. */
  fenceOlderThan(key: string, flight: Flight): void {
    if (this.flights.get(key) !== flight) this.fence(key);
  }
}
