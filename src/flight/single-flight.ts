import { AbandonedFlights, FlightTable } from './flight-table.js';
import { Flight } from './flight.js';
import { SharedReads } from './shared-reads.js';

/**
 * Why a computation runs. `call`: a call missed, others may join. `background`: a refresh behind an
 * answer. `requested`: `refresh()` or `prime()` was called. `unshared`: the call waited too long for the
 * lease of another process.
 */
export type FlightMode = 'call' | 'background' | 'requested' | 'unshared';

/** What is under way for each key in this process: one flight at most that calls join, and the reads. */
export class SingleFlight {
  /** Look-ups that calls may share. */
  readonly reads = new SharedReads();
  /** Flights that new calls join. */
  readonly joinable = new FlightTable();
  /** Refreshes behind a stale answer: joined only by calls that find nothing to serve. */
  readonly #refreshes = new FlightTable();
  readonly #abandoned = new AbandonedFlights();
  readonly #tables = [this.joinable, this.#refreshes, this.#abandoned];

  /** The flight that a call of this key joins. */
  get(key: string): Flight | undefined {
    return this.joinable.get(key);
  }

  /** The refresh behind a stale answer. */
  refreshOf(key: string): Flight | undefined {
    return this.#refreshes.get(key);
  }

  begin(key: string, mode: FlightMode, kind: Flight['kind'] = 'compute'): Flight {
    // An unshared flight is in no table: nobody joins it, and its value is not stored.
    if (mode === 'unshared') return new Flight(kind, (flight) => flight.settle());
    const flight = new Flight(kind, (abandoned) => {
      this.#abandon(key, abandoned);
    });
    const table = mode === 'background' ? this.#refreshes : this.joinable;
    table.add(key, flight);
    return flight;
  }

  /** Takes a flight off its table: it has ended, or every caller has left it. */
  end(key: string, flight: Flight): void {
    for (const table of this.#tables) table.remove(key, flight);
    flight.settle();
  }

  /** A flight has produced a value. Fences the abandoned flight of the key, whose value would be older. */
  fenceAbandoned(key: string, flight: Flight): void {
    this.#abandoned.fenceOlderThan(key, flight);
  }

  /** Fences the flights of a key: their values are not stored, and later calls look up and compute again. */
  fence(key: string): void {
    this.reads.delete(key);
    for (const table of this.#tables) table.fence(key);
  }

  /** `fence` for every key with the prefix. */
  fenceAll(prefix: string): void {
    this.reads.deleteAll();
    for (const table of this.#tables) table.fenceAll(prefix);
  }

  #abandon(key: string, flight: Flight): void {
    if (!flight.failureCounts) return;
    this.end(key, flight);
    this.#abandoned.add(key, flight);
  }
}
