import { unref } from '../platform/clock.js';
import { isPromise, then, type MaybePromise } from '../platform/maybe-promise.js';
import type { InProgress } from '../flight/in-progress.js';

/** Keys to remember. Beyond, the oldest is given up. */
const MAX = 10_000;
const AT_ONCE = 100;
/** Milliseconds. */
const FIRST_DELAY = 1_000;
const LONGEST_DELAY = 30_000;

interface PendingDelete {
  /** Deletes; answers whether that is confirmed. */
  readonly attempt: () => MaybePromise<boolean>;
  readonly inProgress: InProgress;
}

/**
 * Invalidations that a backend has not confirmed. Until it does, this process serves nothing that is
 * stored under their keys, and it tries again for as long as it lives: at each call of the key, and
 * after 1, 2, 4 up to 30 seconds. Neither holds the process.
 */
export class UnconfirmedDeletes {
  readonly #deletes = new Map<string, PendingDelete>();
  readonly #retrying = new WeakMap<PendingDelete, PromiseLike<boolean>>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #delay = FIRST_DELAY;

  has(key: string): boolean {
    return this.#deletes.size > 0 && this.#deletes.has(key);
  }

  /** The key was written or deleted. */
  confirm(key: string): void {
    if (this.#deletes.size > 0) this.#deletes.delete(key);
  }

  add(key: string, debt: PendingDelete): void {
    this.#deletes.delete(key);
    this.#deletes.set(key, debt);
    for (const oldest of this.#deletes.keys()) {
      if (this.#deletes.size <= MAX) break;
      this.#deletes.delete(oldest);
    }
    this.#schedule();
  }

  /** Tries again. Answers whether nothing is owed any more. Who asks meanwhile shares the answer. */
  retry(key: string): MaybePromise<boolean> {
    const debt = this.#deletes.get(key);
    if (debt === undefined) return true;
    const shared = this.#retrying.get(debt);
    if (shared !== undefined) return shared;
    const paying = then(debt.attempt(), (paid) => {
      this.#retrying.delete(debt);
      if (paid && this.#deletes.get(key) === debt) this.#deletes.delete(key);
      return paid;
    });
    if (this.#deletes.has(key) && isPromise(paying)) this.#retrying.set(debt, paying);
    return paying;
  }

  #schedule(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.#retryAll(), this.#delay);
    unref(this.#timer);
  }

  async #retryAll(): Promise<void> {
    const keys = [...this.#deletes].map(([key, { inProgress }]) => {
      if (inProgress.closed) this.#deletes.delete(key);
      return key;
    });
    for (let from = 0; from < keys.length; from += AT_ONCE) {
      await Promise.all(keys.slice(from, from + AT_ONCE).map(async (key) => this.retry(key)));
    }
    this.#timer = undefined;
    this.#delay = this.#deletes.size === 0 ? FIRST_DELAY : Math.min(this.#delay * 2, LONGEST_DELAY);
    if (this.#deletes.size > 0) this.#schedule();
  }
}
