import type { FenceToken } from '../entry.js';
import type { Flight } from '../flight/flight.js';
import { runOutside } from '../flight/recursion.js';
import { unref } from '../platform/clock.js';
import type { Computations } from './compute.js';
import type { Context } from './context.js';
import { Lease, type FleetLeases } from './lease.js';
import { OPEN, type StorePermit } from './store-permit.js';

/** Milliseconds for which this process does not ask again for a refresh that another process makes. */
const SHORTEST_PAUSE = 20;
const LONGEST_PAUSE = 1_000;

export interface Refresh {
  readonly key: string;
  readonly self: unknown;
  readonly args: readonly unknown[];
  /** Token of the entry that was served. */
  readonly token: FenceToken | undefined;
  readonly reason: 'stale' | 'early';
}

interface ScheduledRefresh {
  /** Absent until the computation has begun here. */
  flight?: Flight;
}

/** The refresh step, behind an answer: one at a time for each key, in the fleet where there are leases. */
export class Refreshes {
  /** Keys whose refresh is scheduled, under way here, or was seen to be under way elsewhere. */
  readonly #underWay = new Map<string, ScheduledRefresh>();

  constructor(
    private readonly computations: Computations,
    private readonly leases: FleetLeases | undefined,
    private readonly context: Context,
  ) {}

  /** Refreshes once the caller has its answer. The outcome is seen in events alone. */
  schedule(refresh: Refresh): void {
    const { flights, negativeCache, inProgress } = this.context;
    const { key } = refresh;
    const other = this.#underWay.get(key);
    if (other !== undefined && other.flight?.fenced !== true) return;
    if (flights.get(key) !== undefined || negativeCache.backingOff(key)) return;
    const scheduled: ScheduledRefresh = {};
    this.#underWay.set(key, scheduled);
    inProgress.begin();
    runOutside(() => setTimeout(() => void this.#run(refresh, scheduled), 0));
  }

  async #run(refresh: Refresh, scheduled: ScheduledRefresh): Promise<void> {
    const { key } = refresh;
    const elsewhere = (await this.#tryHere(refresh, scheduled)) === 'elsewhere';
    this.context.inProgress.end();
    if (elsewhere) this.#pause(key, scheduled);
    else this.#remove(key, scheduled);
  }

  #remove(key: string, scheduled: ScheduledRefresh): void {
    if (this.#underWay.get(key) === scheduled) this.#underWay.delete(key);
  }

  /** Computes, if nobody else does. */
  async #tryHere(refresh: Refresh, scheduled: ScheduledRefresh): Promise<'elsewhere' | 'done'> {
    const { key, self, args, token, reason } = refresh;
    const { computations, leases, context } = this;
    let permit: StorePermit = OPEN;
    if (leases !== undefined) {
      const attempt = await leases.acquire(key, token, computations.expected);
      if (attempt === 'unknown') return 'done';
      if (!(attempt instanceof Lease) || !attempt.claimForFlight()) return 'elsewhere';
      permit = { kind: 'lease', lease: attempt };
    }
    if (context.flights.get(key) !== undefined) {
      if (permit.kind === 'lease') void permit.lease.release();
      return 'done';
    }
    context.events.emit(key, { type: 'refresh', reason });
    try {
      const task = { key, self, args, permit, mode: 'background', previous: 'found' } as const;
      const { flight, outcome } = computations.start(task);
      scheduled.flight = flight;
      await outcome;
    } catch {
      // A `computeError` event has reported it; nobody waits for this.
    }
    return 'done';
  }

  #pause(key: string, scheduled: ScheduledRefresh): void {
    const { expected = 0 } = this.computations;
    const pause = Math.min(Math.max(expected, SHORTEST_PAUSE), LONGEST_PAUSE);
    const timer = setTimeout(() => {
      this.#remove(key, scheduled);
    }, pause);
    unref(timer);
  }
}
