import type { Leases } from '../backend.js';
import type { Entry, FenceToken } from '../entry.js';
import type { StoreOutcome } from '../flight/flight.js';
import type { Settings } from '../options/options.js';
import { monotonicNow, unref } from '../platform/clock.js';
import type { FailOpen } from '../resilience/fail-open.js';

/** Outcome of an attempt to acquire the lease. `unknown`: the backend does not say. */
export type Attempt = Lease | 'held' | 'unknown';

/** A key, and its state as this process knows it. */
interface HeldKey {
  readonly key: string;
  token: FenceToken;
}

/** The leases of one function: which process of the fleet computes. */
export class FleetLeases {
  readonly #acquiring = new Map<string, Promise<Attempt>>();

  constructor(
    readonly backend: FailOpen,
    readonly leases: Leases,
    readonly times: NonNullable<Settings['lease']>,
  ) {}

  /**
   * Tries to acquire the lease of a key that was found missing, or in the state of this token. Concurrent
   * calls of this process share one attempt.
   */
  acquire(key: string, found: FenceToken | undefined, cost?: number): Promise<Attempt> {
    const shared = this.#acquiring.get(key);
    if (shared !== undefined) return shared;
    const attempt = this.#attempt(key, found, cost).finally(() => {
      this.#acquiring.delete(key);
    });
    this.#acquiring.set(key, attempt);
    return attempt;
  }

  /** The attempt of this process that is under way. */
  acquiring(key: string): Promise<Attempt> | undefined {
    return this.#acquiring.get(key);
  }

  /** Where nothing is, the lease is a placeholder; where an entry is, a refresh lease beside it. */
  async #attempt(key: string, found: FenceToken | undefined, cost?: number): Promise<Attempt> {
    const { leases, times } = this;
    const at = found === undefined ? key : leases.refreshLeaseKey(key, found);
    const token = await this.backend.leaseCommand('lease', key, () =>
      leases.acquire(at, times.ttl, cost),
    );
    if (token === undefined) return 'unknown';
    if (token === 'held') return 'held';
    const placeholder = { key: at, token };
    const fillTarget = found === undefined ? placeholder : { key, token: found };
    return new Lease(this, fillTarget, placeholder, cost);
  }

  /** Takes the lease from every other process. An entry that is stored stays as it is. */
  async takeOver(key: string, cost?: number): Promise<Lease | undefined> {
    const taken = await this.backend.leaseCommand('lease', key, () =>
      this.leases.takeOver(key, this.times.ttl),
    );
    if (taken === undefined) return undefined;
    const held = { key, token: taken.token };
    return new Lease(this, held, taken.placeholder ? held : undefined, cost);
  }
}

/**
 * A lease that this process holds. Its fill is refused once the key was deleted or written by others. The
 * placeholder that keeps others waiting is renewed while the computation runs, but for no longer than they
 * wait for it.
 */
export class Lease {
  #claimed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #renewal: Promise<void> | undefined;
  #ended = false;

  constructor(
    private readonly fleet: FleetLeases,
    /** The state that the fill replaces. */
    private readonly fillTarget: HeldKey,
    /** The placeholder that keeps others waiting: the target itself, a refresh lease, or none. */
    private readonly placeholder: HeldKey | undefined,
    private readonly cost?: number,
  ) {}

  /** True for the first caller alone: several may have shared the attempt, and one of them computes. */
  claimForFlight(): boolean {
    const first = !this.#claimed;
    this.#claimed = true;
    return first;
  }

  /** Renews the placeholder until the lease ends. `onLost` is called if another process has taken it. */
  keepAlive(onLost: () => void): void {
    const { ttl, wait } = this.fleet.times;
    if (this.placeholder !== undefined) {
      this.#renewIn(ttl / 2, monotonicNow() + wait, this.placeholder, onLost);
    }
  }

  #renewIn(delay: number, until: number, placeholder: HeldKey, onLost: () => void): void {
    if (this.#ended || monotonicNow() + delay > until) return;
    this.#timer = setTimeout(() => {
      this.#renewal = this.#renew(placeholder, onLost).finally(() => {
        this.#renewal = undefined;
        this.#renewIn(delay, until, placeholder, onLost);
      });
    }, delay);
    unref(this.#timer);
  }

  async #renew(placeholder: HeldKey, onLost: () => void): Promise<void> {
    const { backend, leases, times } = this.fleet;
    const token = await backend.leaseCommand('lease', this.fillTarget.key, () =>
      leases.renew(placeholder.key, placeholder.token, times.ttl, this.cost),
    );
    if (token === undefined) return;
    if (token !== 'fenced') {
      placeholder.token = token;
      return;
    }
    this.stopRenewing();
    if (placeholder === this.fillTarget) onLost(); // of a refresh lease, the entry's own token tells
  }

  /** Stores the entry, unless the key was deleted or written meanwhile. */
  async fill(entry: Entry): Promise<StoreOutcome> {
    this.stopRenewing();
    if (this.#renewal !== undefined) await this.#renewal; // it changes the token
    const { backend, leases } = this.fleet;
    const { key, token } = this.fillTarget;
    const outcome = await backend.leaseCommand('set', key, () => leases.fill(key, entry, token));
    // It cannot be stored, or nobody knows whether it was: if it was, this token has ended.
    return outcome ?? this.deleteValue();
  }

  /** Deletes the state that the value would have replaced. Tells whether the lease was still good. */
  async deleteValue(): Promise<'declined' | 'fenced' | 'unknown'> {
    const released = await this.#releaseKey(this.fillTarget);
    if (released === undefined) return 'unknown';
    return released ? 'declined' : 'fenced';
  }

  /** Lets other processes compute at once. An entry stays as it is. */
  async release(): Promise<void> {
    if (this.placeholder !== undefined) await this.#releaseKey(this.placeholder);
  }

  async #releaseKey(held: HeldKey): Promise<boolean | undefined> {
    this.stopRenewing();
    if (this.#renewal !== undefined) await this.#renewal;
    const { backend, leases } = this.fleet;
    return backend.leaseCommand('lease', this.fillTarget.key, () =>
      leases.release(held.key, held.token),
    );
  }

  /** Lets the placeholder expire. */
  stopRenewing(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }
}
