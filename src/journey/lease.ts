import type { Entry, Leases, FenceToken } from '../backend.js';
import { unref, monotonicNow } from '../platform/clock.js';
import type { FailOpen } from '../resilience/fail-open.js';
import type { FillOutcome } from '../flight/single-flight.js';

/** Milliseconds. */
export interface LeaseOptions {
  /** For how long a holder that gives no sign of life keeps others waiting. */
  readonly ttl: number;
  /** For how long a call waits for others before it computes for itself. */
  readonly wait: number;
}

/** What came of the attempt to get a lease; `unknown` when the backend does not say. */
export type Attempt = Lease | 'held' | 'unknown';

/** What a lease stands on: a key and the token of it that is ours. */
interface HeldKey {
  readonly key: string;
  token: FenceToken;
}

/** The right to compute a key, for one process of the fleet. */
export class FleetLeases {
  readonly #acquiring = new Map<string, Promise<Attempt>>();

  constructor(
    readonly backend: FailOpen,
    readonly leases: Leases,
    readonly options: LeaseOptions,
  ) {}

  /**
   * Whether this process may compute what was found missing or stale. Who asks while that is being found
   * out shares the answer.
   */
  acquire(key: string, found: Entry | undefined, cost?: number): Promise<Attempt> {
    const shared = this.#acquiring.get(key);
    if (shared !== undefined) return shared;
    const attempt = this.#attempt(key, found?.token, cost).finally(() => {
      this.#acquiring.delete(key);
    });
    this.#acquiring.set(key, attempt);
    return attempt;
  }

  /** The attempt of this process that is under way. */
  acquiring(key: string): Promise<Attempt> | undefined {
    return this.#acquiring.get(key);
  }

  /** Where nothing is, the lease is a placeholder; where an entry is, a claim on that token of it. */
  async #attempt(key: string, entry: FenceToken | undefined, cost?: number): Promise<Attempt> {
    const { leases, options } = this;
    const at = entry === undefined ? key : leases.refreshLeaseKey(key, entry);
    const got = await this.backend.leaseCommand('lease', key, () =>
      leases.acquire(at, options.ttl, cost),
    );
    if (got === undefined) return 'unknown';
    if (got === 'held') return 'held';
    const kept = { key: at, token: got };
    return new Lease(this, entry === undefined ? kept : { key, token: entry }, kept, cost);
  }

  /** Takes the right to store from everybody else, and leaves an entry that is stored as it is. */
  async seize(key: string, cost?: number): Promise<Lease | undefined> {
    const got = await this.backend.leaseCommand('lease', key, () =>
      this.leases.takeOver(key, this.options.ttl),
    );
    if (got === undefined) return undefined;
    const stand = { key, token: got.token };
    return new Lease(this, stand, got.placeholder ? stand : undefined, cost);
  }
}

/**
 * A lease that this process holds. Its fill is refused once the key was deleted or written by others. What
 * keeps others waiting is renewed while the computation runs, but for no longer than they wait for it.
 */
export class Lease {
  #taken = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #renewal: Promise<void> | undefined;
  #ended = false;

  constructor(
    private readonly leasing: FleetLeases,
    /** What the fill takes the place of. */
    private readonly fillTarget: HeldKey,
    /** The placeholder that keeps others waiting: the target itself, a claim on it, or none. */
    private readonly placeholder: HeldKey | undefined,
    private readonly cost?: number,
  ) {}

  /** Whether the caller is the first to take it: who shared the attempt comes too late. */
  claimForFlight(): boolean {
    const first = !this.#taken;
    this.#taken = true;
    return first;
  }

  /** Keeps the lease until it ends. `onLost` hears when it was lost to others. */
  keepAlive(onLost: () => void): void {
    const { ttl, wait } = this.leasing.options;
    if (this.placeholder !== undefined)
      this.#renewIn(ttl / 2, monotonicNow() + wait, this.placeholder, onLost);
  }

  #renewIn(delay: number, until: number, kept: HeldKey, onLost: () => void): void {
    if (this.#ended || monotonicNow() + delay > until) return;
    this.#timer = setTimeout(() => {
      this.#renewal = this.#renew(kept, onLost).finally(() => {
        this.#renewal = undefined;
        this.#renewIn(delay, until, kept, onLost);
      });
    }, delay);
    unref(this.#timer);
  }

  async #renew(kept: HeldKey, onLost: () => void): Promise<void> {
    const { backend, leases, options } = this.leasing;
    const renewed = await backend.leaseCommand('lease', this.fillTarget.key, () =>
      leases.renew(kept.key, kept.token, options.ttl, this.cost),
    );
    if (renewed === undefined) return;
    if (renewed !== 'fenced') {
      kept.token = renewed;
      return;
    }
    this.#stopRenewing();
    if (kept === this.fillTarget) onLost(); // of a claim the entry itself tells
  }

  /** Stores the entry, unless the lease was lost. */
  async fill(entry: Entry): Promise<FillOutcome> {
    this.#stopRenewing();
    if (this.#renewal !== undefined) await this.#renewal;
    const { backend, leases } = this.leasing;
    const { key, token } = this.fillTarget;
    const outcome = await backend.leaseCommand('set', key, () => leases.fill(key, entry, token));
    // It cannot be stored, or nobody knows whether it was: if it was, this token has ended.
    return outcome ?? this.deleteValue();
  }

  /** Removes what the value would have taken the place of; tells whether the lease was still good. */
  async deleteValue(): Promise<'unstored' | 'fenced' | 'unknown'> {
    const ours = await this.#releaseKey(this.fillTarget);
    if (ours === undefined) return 'unknown';
    return ours ? 'unstored' : 'fenced';
  }

  /** Lets others compute at once; an entry stays as it is. */
  async release(): Promise<void> {
    if (this.placeholder !== undefined) await this.#releaseKey(this.placeholder);
  }

  async #releaseKey(stand: HeldKey): Promise<boolean | undefined> {
    this.#stopRenewing();
    if (this.#renewal !== undefined) await this.#renewal;
    const { backend, leases } = this.leasing;
    return backend.leaseCommand('lease', this.fillTarget.key, () =>
      leases.release(stand.key, stand.token),
    );
  }

  /** No more renewals. */
  #stopRenewing(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }
}
