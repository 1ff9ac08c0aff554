import { LRUCache } from 'lru-cache';
import { monotonicNow } from '../platform/clock.js';

/** Keys to remember: a broken origin fails for many. */
const MAX = 1_000;
/** Milliseconds. */
const FIRST_BACK_OFF = 1_000;
const LONGEST_BACK_OFF = 30_000;

interface Failure {
  /** Missing unless it is to be thrown again. */
  readonly cachedError?: CachedError;
  /** How many in a row. */
  readonly count: number;
  /** Until when nobody tries again who has something else to answer. */
  readonly backOffUntil: number;
}

interface CachedError {
  readonly error: unknown;
  readonly until: number;
  /** Whether the function had answered with a promise, which rejected. */
  readonly promised: boolean;
}

/**
 * What this process remembers of computations that have failed, by key: the last error, for `errorTtl`
 * milliseconds, and a pause in which who has a stale value serves it without computing. The n-th pause
 * in a row lasts 2 ** (n - 1) seconds, 30 at most, less a random part of up to a quarter, and no less
 * than the error is kept.
 */
export class NegativeCache {
  // Made when there is something to remember: mostly there never is.
  #failures: LRUCache<string, Failure> | undefined;

  constructor(private readonly errorTtl: number) {}

  /** The error that is to be thrown again, if any. */
  cachedError(key: string): CachedError | undefined {
    const kept = this.#failures?.get(key)?.cachedError;
    return kept !== undefined && monotonicNow() < kept.until ? kept : undefined;
  }

  /** Whether the key is in a pause. */
  backingOff(key: string): boolean {
    const failure = this.#failures?.get(key);
    return failure !== undefined && monotonicNow() < failure.backOffUntil;
  }

  /** `pauses`: whether there is to be a pause. */
  add(key: string, error: unknown, promised: boolean, pauses: boolean): void {
    const { errorTtl } = this;
    if (!pauses && errorTtl === 0) return;
    this.#failures ??= new LRUCache({ max: MAX });
    const count = (this.#failures.get(key)?.count ?? 0) + 1;
    const pause = Math.min(FIRST_BACK_OFF * 2 ** (count - 1), LONGEST_BACK_OFF);
    const length = Math.max(pause * (1 - Math.random() / 4), errorTtl);
    const at = monotonicNow();
    this.#failures.set(key, {
      count,
      backOffUntil: pauses ? at + length : at,
      ...(errorTtl > 0 && { cachedError: { error, until: at + errorTtl, promised } }),
    });
  }

  /** Forgets a key: it was computed, written or invalidated. */
  forget(key: string): void {
    this.#failures?.delete(key);
  }

  /** `forget` for every key with the prefix. */
  forgetAll(prefix: string): void {
    for (const key of [...(this.#failures?.keys() ?? [])])
      if (key.startsWith(prefix)) this.forget(key);
  }
}
