import type { Entry } from './backend.js';
import type { Computing } from './computing.js';
import { Lease, type Leasing } from './lease.js';
import type { Parts } from './parts.js';
import { runOutside } from './reentry.js';

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

/** Refreshes behind an answer: one at a time for each key, in the fleet where the backend has leases. */
export class Refreshing {
  /** Keys whose refresh is planned, under way here, or was seen to be under way elsewhere. */
  readonly #busy = new Set<string>();

  constructor(
    private readonly computing: Computing,
    private readonly leasing: Leasing | undefined,
    private readonly parts: Parts,
  ) {}

  /** Refreshes once the caller has its answer. Whatever comes of it, only events tell. */
  plan(refresh: Refresh): void {
    const { flights, failures, pending } = this.parts;
    const { key } = refresh;
    if (this.#busy.has(key) || flights.get(key) !== undefined || failures.pausing(key)) return;
    this.#busy.add(key);
    pending.begin();
    runOutside(() => setTimeout(() => void this.#run(refresh), 0));
  }

  async #run(refresh: Refresh): Promise<void> {
    const { key } = refresh;
    const elsewhere = await this.#try(refresh);
    this.parts.pending.end();
    if (elsewhere) this.#rest(key);
    else this.#busy.delete(key);
  }

  /** Answers whether somebody else refreshes. */
  async #try({ key, self, args, found, reason }: Refresh): Promise<boolean> {
    const { computing, leasing, parts } = this;
    const right = await leasing?.acquire(key, found, computing.expected);
    if (right === 'unknown') return false;
    if (right === 'held' || (right instanceof Lease && right.taken)) return true;
    if (right !== undefined) right.taken = true;
    if (parts.flights.get(key) !== undefined) return false;
    parts.events.emit(key, { type: 'refresh', reason });
    try {
      await computing.start({ key, self, args, right, behind: true }).outcome;
    } catch {
      // The `throw` event has told; nobody waits for this.
    }
    return false;
  }

  #rest(key: string): void {
    const { expected = 0 } = this.computing;
    const rest = Math.min(Math.max(expected, SHORTEST_REST), LONGEST_REST);
    const timer = setTimeout(() => this.#busy.delete(key), rest);
    (timer as { unref?: () => void }).unref?.();
  }
}
