import { LRUCache } from 'lru-cache';
import { now } from './clock.js';

/** Keys to remember: a broken origin fails for many. */
const MAX = 1_000;
/** Milliseconds. */
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 30_000;

interface Failure {
  readonly error: unknown;
  readonly at: number;
  /** How many in a row. */
  readonly count: number;
  /** Until when nobody tries again who has something else to answer. */
  readonly pauseUntil: number;
}

/**
 * What this process remembers of computations that have failed, by key: the last error, for `errorTtl`
 * milliseconds, and a pause in which who has a stale value serves it without computing. The n-th pause
 * in a row lasts 2 ** (n - 1) seconds, 30 at most, less a random part of up to a quarter.
 */
export class Failures {
  // Made when something fails: most never do.
  #failures: LRUCache<string, Failure> | undefined;

  constructor(private readonly errorTtl: number) {}

  /** The error that is to be thrown again, if any. */
  kept(key: string): { readonly error: unknown } | undefined {
    if (this.errorTtl === 0 || this.#failures === undefined) return undefined;
    const failure = this.#failures.get(key);
    return failure !== undefined && now() < failure.at + this.errorTtl ? failure : undefined;
  }

  /** Whether the key is in a pause. */
  pausing(key: string): boolean {
    const failure = this.#failures?.get(key);
    return failure !== undefined && now() < failure.pauseUntil;
  }

  /** `pauses`: whether there is to be a pause. */
  failed(key: string, error: unknown, pauses: boolean): void {
    this.#failures ??= new LRUCache({ max: MAX });
    const count = (this.#failures.get(key)?.count ?? 0) + 1;
    const pause = Math.min(FIRST_PAUSE * 2 ** (count - 1), LONGEST_PAUSE);
    const at = now();
    const pauseUntil = pauses ? at + pause * (1 - Math.random() / 4) : at;
    this.#failures.set(key, { error, at, count, pauseUntil });
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
