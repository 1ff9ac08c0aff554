import type { Entry } from '../backend.js';
import { letGo } from '../platform/clock.js';
import type { Computing } from './compute.js';
import { Lease, type Leasing } from './lease.js';
import type { Parts } from './context.js';
import { runOutside } from '../flight/recursion.js';
import type { Flight } from '../flight/single-flight.js';

/** Milliseconds for which nobody here asks again for a refresh that another process makes. */
const SHORTEST_REST = 20;
const LONGEST_REST = 1_000;

export interface Refresh {
  readonly key: string;
  readonly self: unknown;
  readonly args: readonly unknown[];
  /** What was served instead. */
  readonly found: Entry;
  readonly reason: 'stale' | 'early';
}

interface Busy {
  /** Once it is under way here. */
  flight?: Flight;
}

/** Refreshes behind an answer: one at a time for each key, in the fleet where the backend has leases. */
export class Refreshing {
  /** Keys whose refresh is planned, under way here, or was seen to be under way elsewhere. */
  readonly #busy = new Map<string, Busy>();

  constructor(
    private readonly computing: Computing,
    private readonly leasing: Leasing | undefined,
    private readonly parts: Parts,
  ) {}

  /** Refreshes once the caller has its answer. Whatever comes of it, only events tell. */
  plan(refresh: Refresh): void {
    const { flights, failures, pending } = this.parts;
    const { key } = refresh;
    const other = this.#busy.get(key);
    if (other !== undefined && other.flight?.fenced !== true) return;
    if (flights.get(key) !== undefined || failures.pausing(key)) return;
    const busy: Busy = {};
    this.#busy.set(key, busy);
    pending.begin();
    runOutside(() => setTimeout(() => void this.#run(refresh, busy), 0));
  }

  async #run(refresh: Refresh, busy: Busy): Promise<void> {
    const { key } = refresh;
    const elsewhere = await this.#try(refresh, busy);
    this.parts.pending.end();
    if (elsewhere) this.#rest(key, busy);
    else this.#end(key, busy);
  }

  #end(key: string, busy: Busy): void {
    if (this.#busy.get(key) === busy) this.#busy.delete(key);
  }

  /** Answers whether somebody else refreshes. */
  async #try({ key, self, args, found, reason }: Refresh, busy: Busy): Promise<boolean> {
    const { computing, leasing, parts } = this;
    const right = await leasing?.acquire(key, found, computing.expected);
    if (right === 'unknown') return false;
    if (right === 'held' || (right instanceof Lease && !right.take())) return true;
    if (parts.flights.get(key) !== undefined) {
      void right?.giveBack();
      return false;
    }
    parts.events.emit(key, { type: 'refresh', reason });
    try {
      const task = { key, self, args, right, mode: 'behind', supersedes: true } as const;
      const { flight, outcome } = computing.start(task);
      busy.flight = flight;
      await outcome;
    } catch {
      // The `throw` event has told; nobody waits for this.
    }
    return false;
  }

  #rest(key: string, busy: Busy): void {
    const { expected = 0 } = this.computing;
    const rest = Math.min(Math.max(expected, SHORTEST_REST), LONGEST_REST);
    const timer = setTimeout(() => {
      this.#end(key, busy);
    }, rest);
    letGo(timer);
  }
}
