import { monotonicNow } from '../../../platform/clock.js';

export interface BreakerOptions {
  /** Consecutive failures after which the breaker opens. */
  readonly threshold?: number;
  /** A monotonic clock in milliseconds. */
  readonly now?: () => number;
  /** Returns a number from 0 to 1, for the jitter. */
  readonly random?: () => number;
}

const DEFAULT_THRESHOLD = 5;
/** Milliseconds. Short, so that a restart of the server is hardly noticed. */
const FIRST_PAUSE = 25;
/** Milliseconds. A server that is back is used again within this time. */
const MAX_PAUSE = 2_000;

/**
 * Circuit breaker: keeps requests from a server that does not answer. After enough consecutive failures
 * it opens. While open it refuses requests at once, except for one probe at the end of each pause. A
 * successful probe closes it; a failed probe starts a pause of up to twice the length, with full jitter,
 * so that the processes of a fleet do not probe together.
 *
 * Why not a library: cockatiel, the best maintained one, answers by promise only, lets callers wait for
 * the probe of another caller, and reads the wall clock. This breaker answers synchronously, at most one
 * caller waits for a probe, and no timer runs: a pause is over when a request comes after its end.
 */
export class Breaker {
  readonly #threshold: number;
  readonly #now: () => number;
  readonly #random: () => number;
  #failures = 0;
  #pauses = 0;
  #probeAt: number | undefined;
  #probing = false;

  constructor(options: BreakerOptions = {}) {
    this.#threshold = options.threshold ?? DEFAULT_THRESHOLD;
    this.#now = options.now ?? monotonicNow;
    this.#random = options.random ?? Math.random;
  }

  get open(): boolean {
    return this.#probeAt !== undefined;
  }

  /** True while `admit` refuses requests. Reading it has no side effect. */
  get isDown(): boolean {
    return this.#probeAt !== undefined && (this.#probing || this.#now() < this.#probeAt);
  }

  /** Returns whether the request may be sent. Its outcome must then be reported. */
  admit(): boolean {
    if (this.isDown) return false;
    this.#probing = this.open;
    return true;
  }

  /** Records an answer. Returns whether it closed the breaker. */
  succeeded(): boolean {
    const wasOpen = this.open;
    this.#failures = 0;
    this.#pauses = 0;
    this.#probeAt = undefined;
    this.#probing = false;
    return wasOpen;
  }

  /** Records a number of consecutive failures. Returns whether they opened the breaker. */
  failed(requests: number): boolean {
    const wasOpen = this.open;
    this.#failures += requests;
    if (!wasOpen && this.#failures < this.#threshold) return false;
    const pause = Math.min(MAX_PAUSE, FIRST_PAUSE * 2 ** this.#pauses);
    // Beyond the longest pause the count is of no use, and 2 ** n must not overflow.
    if (pause < MAX_PAUSE) this.#pauses += 1;
    this.#probing = false;
    this.#probeAt = this.#now() + this.#random() * pause;
    return !wasOpen;
  }

  /** Records that no connection could be made: opens the breaker at once. */
  unreachable(): boolean {
    return this.failed(this.#threshold);
  }
}
