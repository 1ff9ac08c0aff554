import type { Entry, Leases, Version } from '../backend.js';
import { letGo, now } from '../platform/clock.js';
import type { FailOpen } from '../resilience/fail-open.js';
import type { Verdict } from '../flight/single-flight.js';

/** Milliseconds. */
export interface LeaseOptions {
  /** For how long a holder that gives no sign of life keeps others waiting. */
  readonly ttl: number;
  /** For how long a call waits for others before it computes for itself. */
  readonly wait: number;
}

/** What came of the attempt to get a lease; `unknown` when the backend does not say. */
export type Attempt = Lease | 'held' | 'unknown';

/** What a lease stands on: a key and the version of it that is ours. */
interface Stand {
  readonly key: string;
  version: Version;
}

/** The right to compute a key, for one process of the fleet. */
export class Leasing {
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
    const attempt = this.#attempt(key, found?.version, cost).finally(() => {
      this.#acquiring.delete(key);
    });
    this.#acquiring.set(key, attempt);
    return attempt;
  }

  /** The attempt of this process that is under way. */
  acquiring(key: string): Promise<Attempt> | undefined {
    return this.#acquiring.get(key);
  }

  /** Where nothing is, the lease is a placeholder; where an entry is, a claim on that version of it. */
  async #attempt(key: string, entry: Version | undefined, cost?: number): Promise<Attempt> {
    const { leases, options } = this;
    const at = entry === undefined ? key : leases.claimKey(key, entry);
    const got = await this.backend.lease('lease', key, () => leases.acquire(at, options.ttl, cost));
    if (got === undefined) return 'unknown';
    if (got === 'held') return 'held';
    const kept = { key: at, version: got };
    return new Lease(this, entry === undefined ? kept : { key, version: entry }, kept, cost);
  }

  /** Takes the right to store from everybody else, and leaves an entry that is stored as it is. */
  async seize(key: string, cost?: number): Promise<Lease | undefined> {
    const got = await this.backend.lease('lease', key, () =>
      this.leases.seize(key, this.options.ttl),
    );
    if (got === undefined) return undefined;
    const stand = { key, version: got.version };
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
    private readonly leasing: Leasing,
    /** What the fill takes the place of. */
    private readonly target: Stand,
    /** The placeholder that keeps others waiting: the target itself, a claim on it, or none. */
    private readonly kept: Stand | undefined,
    private readonly cost?: number,
  ) {}

  /** Whether the caller is the first to take it: who shared the attempt comes too late. */
  take(): boolean {
    const first = !this.#taken;
    this.#taken = true;
    return first;
  }

  /** Keeps the lease until it ends. `onLost` hears when it was lost to others. */
  keep(onLost: () => void): void {
    const { ttl, wait } = this.leasing.options;
    if (this.kept !== undefined) this.#renewIn(ttl / 2, now() + wait, this.kept, onLost);
  }

  #renewIn(delay: number, until: number, kept: Stand, onLost: () => void): void {
    if (this.#ended || now() + delay > until) return;
    this.#timer = setTimeout(() => {
      this.#renewal = this.#renew(kept, onLost).finally(() => {
        this.#renewal = undefined;
        this.#renewIn(delay, until, kept, onLost);
      });
    }, delay);
    letGo(this.#timer);
  }

  async #renew(kept: Stand, onLost: () => void): Promise<void> {
    const { backend, leases, options } = this.leasing;
    const renewed = await backend.lease('lease', this.target.key, () =>
      leases.renew(kept.key, kept.version, options.ttl, this.cost),
    );
    if (renewed === undefined) return;
    if (renewed !== 'fenced') {
      kept.version = renewed;
      return;
    }
    this.#end();
    if (kept === this.target) onLost(); // of a claim the entry itself tells
  }

  /** Stores the entry, unless the lease was lost. */
  async fill(entry: Entry): Promise<Verdict> {
    this.#end();
    if (this.#renewal !== undefined) await this.#renewal;
    const { backend, leases } = this.leasing;
    const { key, version } = this.target;
    const outcome = await backend.lease('set', key, () => leases.fill(key, entry, version));
    // It cannot be stored, or nobody knows whether it was: if it was, this version has ended.
    return outcome ?? this.remove();
  }

  /** Removes what the value would have taken the place of; tells whether the lease was still good. */
  async remove(): Promise<'unstored' | 'fenced' | 'unknown'> {
    const ours = await this.#release(this.target);
    if (ours === undefined) return 'unknown';
    return ours ? 'unstored' : 'fenced';
  }

  /** Lets others compute at once; an entry stays as it is. */
  async giveBack(): Promise<void> {
    if (this.kept !== undefined) await this.#release(this.kept);
  }

  async #release(stand: Stand): Promise<boolean | undefined> {
    this.#end();
    if (this.#renewal !== undefined) await this.#renewal;
    const { backend, leases } = this.leasing;
    return backend.lease('lease', this.target.key, () => leases.release(stand.key, stand.version));
  }

  /** No more renewals. */
  #end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }
}
