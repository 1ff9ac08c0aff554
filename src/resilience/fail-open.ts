import type { Backend, Entry } from '../backend.js';
import { checkEntry } from '../entry.js';
import { BackendError } from '../errors.js';
import type { Events, ErrorStep } from '../events.js';
import { isPromise, rescue, then, type MaybePromise } from '../platform/maybe-promise.js';
import type { InProgress } from '../flight/in-progress.js';

/** What a look-up finds when the backend fails: nothing that is fresh, and nothing that may be trusted. */
export const LOOKUP_FAILED: Entry = { value: undefined, freshUntil: -Infinity };

/**
 * A backend that cannot fail: what goes wrong in it, or in one of the user's callbacks, is an `error`
 * event, and for the call as if nothing had been found or stored. The one place where that is so.
 */
export class FailOpen {
  constructor(
    private readonly backend: Backend,
    private readonly events: Events,
    private readonly inProgress: InProgress,
  ) {}

  /** Whether the backend knows that it is down, so that asking it is in vain. */
  isDown(key: string): boolean {
    try {
      return this.backend.isDown?.(key) === true;
    } catch (error) {
      return this.#report('get', key, error, false);
    }
  }

  /** The entry, if there is one; `UNANSWERED` when the backend fails. */
  get(key: string): MaybePromise<Entry | undefined> {
    try {
      const found = this.backend.get(key);
      if (!isPromise(found)) return this.#reportUnreadable(key, checkEntry(found));
      this.inProgress.begin();
      // One promise for everything that may come of it: this is the way of every remote hit.
      return found.then(
        (entry) => {
          this.inProgress.end();
          try {
            return this.#reportUnreadable(key, checkEntry(entry));
          } catch (error) {
            return this.#report('get', key, error, LOOKUP_FAILED);
          }
        },
        (error: unknown) => {
          this.inProgress.end();
          return this.#report('get', key, error, LOOKUP_FAILED);
        },
      );
    } catch (error) {
      return this.#report('get', key, error, LOOKUP_FAILED);
    }
  }

  /** Answers whether the backend has taken the entry. */
  set(key: string, entry: Entry): MaybePromise<boolean> {
    return this.#confirm('set', key, () => this.backend.set(key, entry));
  }

  /** Whether entries can be kept for this process while the backend is down. */
  get keepsWhileDown(): boolean {
    return this.backend.whileDown !== undefined;
  }

  /** The entry that this process keeps while the backend is down; `UNANSWERED` without one. */
  getWhileDown(key: string): Entry {
    const { whileDown: local } = this.backend;
    if (local === undefined) return LOOKUP_FAILED;
    return this.guardCallback('get', key, () => checkEntry(local.get(key))) ?? LOOKUP_FAILED;
  }

  setWhileDown(key: string, entry: Entry): void {
    this.guardCallback('set', key, () => this.backend.whileDown?.set(key, entry));
  }

  /** Answers whether the backend has confirmed it. */
  delete(key: string): MaybePromise<boolean> {
    return this.#confirm('delete', key, () => this.backend.delete(key));
  }

  /** Answers whether the backend has confirmed it. */
  clear(prefix: string): MaybePromise<boolean> {
    return this.#confirm('clear', prefix, () => {
      if (this.backend.clear !== undefined) return this.backend.clear(prefix);
      throw new BackendError(
        `a ${this.backend.name} backend without clear() cannot forget a group`,
      );
    });
  }

  /** What a callback says of a value that is already the caller's; nothing if it fails. */
  guardCallback<T>(step: ErrorStep, key: string, callback: () => T): T | undefined {
    try {
      return callback();
    } catch (error) {
      return this.#report(step, key, error, undefined);
    }
  }

  /** What a command on a lease answers; nothing if it fails, and it cannot be told what has happened. */
  async leaseCommand<T>(
    step: 'lease' | 'set',
    key: string,
    command: () => Promise<T>,
  ): Promise<T | undefined> {
    this.inProgress.begin();
    try {
      return await command();
    } catch (error) {
      return this.#report(step, key, error, undefined);
    } finally {
      this.inProgress.end();
    }
  }

  /** What cannot be read is an event, and as if it had expired. */
  #reportUnreadable(key: string, entry: Entry | undefined): Entry | undefined {
    if (entry?.unreadable === undefined) return entry;
    return this.#report('get', key, entry.unreadable, entry);
  }

  #confirm(step: ErrorStep, key: string, order: () => MaybePromise<void>): MaybePromise<boolean> {
    return rescue<boolean>(
      () => then(order(), () => true),
      (error) => this.#report(step, key, error, false),
    );
  }

  #report<T>(step: ErrorStep, key: string, error: unknown, instead: T): T {
    this.events.emit(key, { type: 'error', step, error });
    return instead;
  }
}
