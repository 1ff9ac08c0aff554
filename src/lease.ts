import type { Entry, Leases, Version } from './backend.js';
import { now } from './clock.js';
import type { FailOpen } from './fail-open.js';
import type { Verdict } from './single-flight.js';

/** Milliseconds. */
export interface LeaseOptions {
  /** For how long a holder that gives no sign of life keeps others waiting. */
  readonly ttl: number;
  /** For how long a call waits for others before it computes for itself. */
  readonly wait: number;
}

/** What came of the attempt to get a lease; `unknown` when the backend does not say. */
export type Attempt = Lease | 'held' | 'unknown';

/** The right to compute a key, for one process of the fleet. */
export class Leasing {
  readonly #acquiring = new Map<string, Promise<Attempt>>();

  constructor(
    private readonly backend: FailOpen,
    private readonly leases: Leases,
    readonly options: LeaseOptions,
  ) {}

  /**
   * Whether this process may compute what was found missing, stale or, with `force`, held by somebody
   * for too long. Who asks while that is being found out shares the answer.
   */
  acquire(key: string, found: Entry | undefined, cost?: number, force = false): Promise<Attempt> {
    const shared = this.#acquiring.get(key);
    if (shared !== undefined) return shared;
    const attempt = this.#attempt(key, found, cost, force).finally(() => {
      this.#acquiring.delete(key);
    });
    this.#acquiring.set(key, attempt);
    return attempt;
  }

  /** The attempt of this process that is under way. */
  acquiring(key: string): Promise<Attempt> | undefined {
    return this.#acquiring.get(key);
  }

  async #attempt(
    key: string,
    found: Entry | undefined,
    cost: number | undefined,
    force: boolean,
  ): Promise<Attempt> {
    const { leases } = this;
    const { ttl } = this.options;
    const version = found?.version;
    if (version === undefined) {
      const got = await this.#command(key, () => leases.acquire(key, ttl, cost));
      return this.#lease(key, got, true, cost);
    }
    if (found?.placeholder === true) {
      if (!force) return 'held';
      const got = await this.#command(key, () => leases.renew(key, version, ttl, cost));
      return this.#lease(key, got === 'fenced' ? 'held' : got, true, cost);
    }
    // Nobody renews a claim: it is made to outlast the computation.
    const long = Math.max(ttl, 4 * (cost ?? found?.cost ?? 0));
    const first = await this.#command(key, () => leases.claim(key, version, long));
    return this.#lease(key, first === false ? 'held' : first && version, false, cost);
  }

  /** Takes the right to store from everybody else, and leaves what is stored as it is. */
  async seize(key: string, cost?: number): Promise<Lease | undefined> {
    const got = await this.#command(key, () => this.leases.seize(key, this.options.ttl));
    if (got === undefined) return undefined;
    return new Lease(this.backend, this.leases, key, got.version, got.created, this.options, cost);
  }

  #command<T>(key: string, command: () => Promise<T>): Promise<T | undefined> {
    return this.backend.lease('lease', key, command);
  }

  #lease(
    key: string,
    got: Version | 'held' | undefined,
    placeholder: boolean,
    cost?: number,
  ): Attempt {
    if (got === 'held') return 'held';
    if (got === undefined) return 'unknown';
    return new Lease(
      this.backend,
      this.leases,
      key,
      got as Version,
      placeholder,
      this.options,
      cost,
    );
  }
}

/**
 * A lease that this process holds. Its fill is refused once the key was deleted or written by others. The
 * placeholder is renewed while the computation runs, but for no longer than others wait for it.
 */
export class Lease {
  /** Set by the call that computes: of those who share an attempt, the others come too late. */
  taken = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #renewal: Promise<void> | undefined;
  #ended = false;

  constructor(
    private readonly backend: FailOpen,
    private readonly leases: Leases,
    private readonly key: string,
    private version: Version,
    /** Whether it stands on a placeholder of its own, else on an entry that is there. */
    readonly placeholder: boolean,
    private readonly options: LeaseOptions,
    private readonly cost?: number,
  ) {}

  /** Keeps the lease until it ends. `onLost` hears when it was lost to others. */
  keep(onLost: () => void): void {
    if (this.placeholder) this.#renewIn(this.options.ttl / 2, now() + this.options.wait, onLost);
  }

  #renewIn(delay: number, until: number, onLost: () => void): void {
    if (this.#ended || now() + delay > until) return;
    this.#timer = setTimeout(() => {
      this.#renewal = this.#renew(onLost).finally(() => {
        this.#renewal = undefined;
        this.#renewIn(delay, until, onLost);
      });
    }, delay);
    (this.#timer as { unref?: () => void }).unref?.();
  }

  async #renew(onLost: () => void): Promise<void> {
    const { leases, key, version, options, cost } = this;
    const renewed = await this.backend.lease('lease', key, () =>
      leases.renew(key, version, options.ttl, cost),
    );
    if (renewed === 'fenced') {
      this.end();
      onLost();
    } else if (renewed !== undefined) {
      this.version = renewed;
    }
  }

  /** No more renewals. */
  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  /** Stores the entry, unless the lease was lost. */
  async fill(entry: Entry): Promise<Verdict> {
    this.end();
    if (this.#renewal !== undefined) await this.#renewal;
    const { leases, key, version } = this;
    const outcome = await this.backend.lease('set', key, () => leases.fill(key, entry, version));
    if (outcome !== undefined) return outcome;
    // It cannot be stored, or nobody knows whether it was: if it was, this version has ended.
    return this.release();
  }

  /** Gives the key free without a value; removes the entry if the lease stands on one. */
  async release(): Promise<'unstored' | 'fenced' | 'unknown'> {
    this.end();
    if (this.#renewal !== undefined) await this.#renewal;
    const { leases, key, version } = this;
    const ours = await this.backend.lease('lease', key, () => leases.release(key, version));
    if (ours === undefined) return 'unknown';
    return ours ? 'unstored' : 'fenced';
  }
}
