import type { Flight } from './flight.js';

/** Flights by key, one of each. A flight that leaves the table before its end is fenced. */
export class FlightTable {
  /** Number of flights: a field, since every hit reads it. */
  size = 0;
  protected readonly flights = new Map<string, Flight>();

  get(key: string): Flight | undefined {
    return this.size === 0 ? undefined : this.flights.get(key);
  }

  /** Adds a flight in the place of another, which is fenced: nobody could fence it later. */
  add(key: string, flight: Flight): void {
    this.fence(key);
    this.flights.set(key, flight);
    this.size = this.flights.size;
  }

  /** Removes a flight if it is still the one of its key: a fence may have let a newer one in. */
  remove(key: string, flight: Flight): void {
    if (this.flights.get(key) !== flight) return;
    this.flights.delete(key);
    this.size = this.flights.size;
  }

  fence(key: string): void {
    if (this.size === 0) return;
    this.flights.get(key)?.fence();
    this.flights.delete(key);
    this.size = this.flights.size;
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
    this.size = this.flights.size;
    const [oldest] = this.flights.keys();
    if (this.size > MAX_ABANDONED && oldest !== undefined) this.fence(oldest);
  }

  /** A flight has a value: an older one must not overwrite it. */
  fenceOlderThan(key: string, flight: Flight): void {
    if (this.flights.get(key) !== flight) this.fence(key);
  }
}
