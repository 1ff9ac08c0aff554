import type { InProgress } from '../flight/in-progress.js';
import { unref } from '../platform/clock.js';
import { isPromise, then, type MaybePromise } from '../platform/maybe-promise.js';

/** Keys to remember. Beyond, the oldest is dropped. */
const MAX = 10_000;
/** Deletes that are tried again side by side. */
const BATCH = 100;
/** Milliseconds. */
const FIRST_DELAY = 1_000;
const LONGEST_DELAY = 30_000;

export interface PendingDelete {
  /** Deletes the key. Returns whether the backend has confirmed it. */
  readonly attempt: () => MaybePromise<boolean>;
  readonly inProgress: InProgress;
}

/**
 * Deletes that a backend has not confirmed. Until it does, this process serves nothing that is stored under
 * their keys, and tries again while it lives: at each call of the key, and after 1, 2, 4 up to 30 seconds.
 * Neither keeps the process alive.
 */
export class UnconfirmedDeletes {
  readonly #deletes = new Map<string, PendingDelete>();
  readonly #retrying = new WeakMap<PendingDelete, PromiseLike<boolean>>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #delay = FIRST_DELAY;

  has(key: string): boolean {
    return this.#deletes.size > 0 && this.#deletes.has(key);
  }

  /** The delete of a key that is not confirmed now. */
  pending(key: string): PendingDelete | undefined {
    return this.#deletes.size === 0 ? undefined : this.#deletes.get(key);
  }

  /**
   * The key was written or deleted: nothing older is stored under it. `pending`: the delete that was not
   * confirmed when that began; a later one stays, which may have been meant for what was written.
   */
  confirm(key: string, pending: PendingDelete | undefined): void {
    if (pending !== undefined && this.#deletes.get(key) === pending) this.#deletes.delete(key);
  }

  add(key: string, pending: PendingDelete): void {
    this.#deletes.delete(key);
    this.#deletes.set(key, pending);
    for (const oldest of this.#deletes.keys()) {
      if (this.#deletes.size <= MAX) break;
      this.#deletes.delete(oldest);
    }
    this.#schedule();
  }

  /** Tries again. Returns whether the delete is confirmed now. Concurrent calls share one attempt. */
  retry(key: string): MaybePromise<boolean> {
    const pending = this.#deletes.get(key);
    if (pending === undefined) return true;
    const shared = this.#retrying.get(pending);
    if (shared !== undefined) return shared;
    const attempt = then(pending.attempt(), (confirmed) => {
      this.#retrying.delete(pending);
      if (confirmed && this.#deletes.get(key) === pending) this.#deletes.delete(key);
      return confirmed;
    });
    if (this.#deletes.has(key) && isPromise(attempt)) this.#retrying.set(pending, attempt);
    return attempt;
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
    for (let from = 0; from < keys.length; from += BATCH) {
      await Promise.all(keys.slice(from, from + BATCH).map(async (key) => this.retry(key)));
    }
    this.#timer = undefined;
    this.#delay = this.#deletes.size === 0 ? FIRST_DELAY : Math.min(this.#delay * 2, LONGEST_DELAY);
    if (this.#deletes.size > 0) this.#schedule();
  }
}
