import { isAbortError } from '../flight/abort-signal.js';
import { monotonicNow } from '../platform/clock.js';

/** Keys to remember: a broken origin fails for many. Beyond, the least recently failed is dropped. */
const MAX = 1_000;
/** Milliseconds. */
const FIRST_BACK_OFF = 1_000;
const LONGEST_BACK_OFF = 30_000;

interface Failure {
  /** The error to throw again; absent without `errorTtl`. */
  readonly cachedError: CachedError | undefined;
  /** Failures in a row. */
  readonly count: number;
  /** Time until which a call that has a stale value serves it instead of computing. */
  readonly backOffUntil: number;
}

interface CachedError {
  readonly error: unknown;
  readonly until: number;
  /** True if the function had returned a promise, which rejected. */
  readonly promised: boolean;
}

/**
 * Failed computations of one function in this process, by key: the last error, for `errorTtl` milliseconds
 * (a negative cache, RFC 2308), and a back-off during which calls that have a stale value serve it without
 * computing. The n-th back-off in a row lasts 2 ** (n - 1) seconds, at most 30, less a random part of up to
 * a quarter, and no less than the error is cached.
 */
export class NegativeCache {
  // Made when there is something to remember: mostly there never is.
  #failures: Map<string, Failure> | undefined;

  constructor(
    private readonly errorTtl: number,
    private readonly now = monotonicNow,
  ) {}

  /** The error that calls throw again; `undefined` if they compute. */
  cachedError(key: string): CachedError | undefined {
    const cached = this.#failures?.get(key)?.cachedError;
    return cached !== undefined && this.now() < cached.until ? cached : undefined;
  }

  backingOff(key: string): boolean {
    const failure = this.#failures?.get(key);
    return failure !== undefined && this.now() < failure.backOffUntil;
  }

  /** `backsOff`: whether calls that have a stale value are to serve it for a while. */
  add(key: string, error: unknown, promised: boolean, backsOff: boolean): void {
    // An AbortError may be due to the one caller whose signal has aborted: later calls have others.
    const errorTtl = isAbortError(error) ? 0 : this.errorTtl;
    if (!backsOff && errorTtl === 0) return;
    this.#failures ??= new Map();
    const count = (this.#failures.get(key)?.count ?? 0) + 1;
    const backOff = Math.min(FIRST_BACK_OFF * 2 ** (count - 1), LONGEST_BACK_OFF);
    const length = Math.max(backOff * (1 - Math.random() / 4), errorTtl);
    const at = this.now();
    this.#failures.delete(key); // so that it becomes the last in the order of the Map
    this.#failures.set(key, {
      count,
      backOffUntil: backsOff ? at + length : at,
      cachedError: errorTtl > 0 ? { error, until: at + errorTtl, promised } : undefined,
    });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MAX && oldest !== undefined) this.#failures.delete(oldest);
  }

  /** The key was computed, written or invalidated. */
  forget(key: string): void {
    this.#failures?.delete(key);
  }

  /** `forget` for every key with the prefix. */
  forgetAll(prefix: string): void {
    for (const key of this.#failures?.keys() ?? []) if (key.startsWith(prefix)) this.forget(key);
  }
}
