import type { Entry } from '../backend.js';
import { unref } from '../platform/clock.js';
import type { Computations } from './compute.js';
import { Lease, type FleetLeases } from './lease.js';
import type { Context } from './context.js';
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

interface ScheduledRefresh {
  /** Once it is under way here. */
  flight?: Flight;
}

/** Refreshes behind an answer: one at a time for each key, in the fleet where the backend has leases. */
export class Refreshes {
  /** Keys whose refresh is planned, under way here, or was seen to be under way elsewhere. */
  readonly #underWay = new Map<string, ScheduledRefresh>();

  constructor(
    private readonly computing: Computations,
    private readonly leases: FleetLeases | undefined,
    private readonly context: Context,
  ) {}

  /** Refreshes once the caller has its answer. Whatever comes of it, only events tell. */
  schedule(refresh: Refresh): void {
    const { flights, negativeCache, inProgress } = this.context;
    const { key } = refresh;
    const other = this.#underWay.get(key);
    if (other !== undefined && other.flight?.fenced !== true) return;
    if (flights.get(key) !== undefined || negativeCache.backingOff(key)) return;
    const busy: ScheduledRefresh = {};
    this.#underWay.set(key, busy);
    inProgress.begin();
    runOutside(() => setTimeout(() => void this.#run(refresh, busy), 0));
  }

  async #run(refresh: Refresh, busy: ScheduledRefresh): Promise<void> {
    const { key } = refresh;
    const elsewhere = await this.#try(refresh, busy);
    this.context.inProgress.end();
    if (elsewhere) this.#pause(key, busy);
    else this.#end(key, busy);
  }

  #end(key: string, busy: ScheduledRefresh): void {
    if (this.#underWay.get(key) === busy) this.#underWay.delete(key);
  }

  /** Answers whether somebody else refreshes. */
  async #try(
    { key, self, args, found, reason }: Refresh,
    busy: ScheduledRefresh,
  ): Promise<boolean> {
    const { computing, leases, context } = this;
    const permit = await leases?.acquire(key, found, computing.expected);
    if (permit === 'unknown') return false;
    if (permit === 'held' || (permit instanceof Lease && !permit.claimForFlight())) return true;
    if (context.flights.get(key) !== undefined) {
      void permit?.release();
      return false;
    }
    context.events.emit(key, { type: 'refresh', reason });
    try {
      const task = { key, self, args, permit, mode: 'background', foundOlder: true } as const;
      const { flight, outcome } = computing.start(task);
      busy.flight = flight;
      await outcome;
    } catch {
      // The `throw` event has told; nobody waits for this.
    }
    return false;
  }

  #pause(key: string, busy: ScheduledRefresh): void {
    const { expected = 0 } = this.computing;
    const rest = Math.min(Math.max(expected, SHORTEST_REST), LONGEST_REST);
    const timer = setTimeout(() => {
      this.#end(key, busy);
    }, rest);
    unref(timer);
  }
}
