import { monotonicNow } from '../../../platform/clock.js';

export interface BreakerOptions {
  /** Failures in a row after which it opens. */
  readonly threshold?: number;
  /** The clock, in milliseconds, never set back. */
  readonly now?: () => number;
  /** A number from 0 to 1, for the jitter. */
  readonly random?: () => number;
}

const DEFAULT_THRESHOLD = 5;
/** The first pause ends within 25 ms, so that a restart of the server is hardly noticed. */
const FIRST_PAUSE = 25;
/** No pause is longer, so that a server that is back serves again within 2 s. */
const MAX_PAUSE = 2_000;

/**
 * Keeps requests from a server that does not answer. After enough failures in a row it opens: requests
 * are refused at once, except for one probe at the end of each pause. The probe's success closes it, its
 * failure begins a pause of up to twice the length, with full jitter, so that the processes of a fleet
 * do not come back together.
 *
 * Why not a library: cockatiel, the well-kept one, answers by promise only, lets callers wait for the
 * probe of another, and reads the wall clock. Here each question is answered at once, one caller at most
 * waits for a probe, and there is no timer: a pause is over when somebody asks after its end.
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

  /** Whether it is open. */
  get open(): boolean {
    return this.#probeAt !== undefined;
  }

  /** Whether a request would be refused now. Asking changes nothing. */
  get isDown(): boolean {
    return this.#probeAt !== undefined && (this.#probing || this.#now() < this.#probeAt);
  }

  /** Lets a request through, or refuses it. Who is let through reports its success or failure. */
  admit(): boolean {
    if (this.isDown) return false;
    this.#probing = this.open;
    return true;
  }

  /** Reports an answer. Answers whether that closed the breaker. */
  succeeded(): boolean {
    const wasOpen = this.open;
    this.#failures = 0;
    this.#pauses = 0;
    this.#probeAt = undefined;
    this.#probing = false;
    return wasOpen;
  }

  /** Reports so many requests as failed in a row. Answers whether that opened the breaker. */
  failed(requests: number): boolean {
    const wasOpen = this.open;
    this.#failures += requests;
    if (!wasOpen && this.#failures < this.#threshold) return false;
    const pause = Math.min(MAX_PAUSE, FIRST_PAUSE * 2 ** this.#pauses);
    // Past the longest pause nothing changes any more, and 2 ** n must not overflow.
    if (pause < MAX_PAUSE) this.#pauses += 1;
    this.#probing = false;
    this.#probeAt = this.#now() + this.#random() * pause;
    return !wasOpen;
  }

  /** Reports that the server could not be reached at all: opens whatever was before. */
  unreachable(): boolean {
    return this.failed(this.#threshold);
  }
}
