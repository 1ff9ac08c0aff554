import type { Backend } from '../backend.js';
import { checkEntry, FAILED, NOTHING, type Entry, type Found } from '../entry.js';
import { BackendError } from '../errors.js';
import type { ErrorStep, Events } from '../events.js';
import type { InProgress } from '../flight/in-progress.js';
import { isPromise, rescue, then, type MaybePromise } from '../platform/maybe-promise.js';

/**
 * A backend that cannot fail: a fault of the backend, or of a user callback, becomes an `error` event, and
 * for the call it is as if nothing had been found or stored. The one place where that happens.
 */
export class FailOpen {
  constructor(
    private readonly backend: Backend,
    private readonly events: Events,
    private readonly inProgress: InProgress,
  ) {}

  /** True if the backend knows that it is down, so that asking would be in vain. */
  isDown(key: string): boolean {
    try {
      return this.backend.isDown?.(key) === true;
    } catch (error) {
      return this.#report('get', key, error, false);
    }
  }

  get(key: string): MaybePromise<Found> {
    try {
      const found = this.backend.get(key);
      if (!isPromise(found)) return this.#found(key, checkEntry(found));
      this.inProgress.begin();
      // One promise for every outcome: each hit on a remote backend comes this way.
      return found.then(
        (entry) => {
          this.inProgress.end();
          try {
            return this.#found(key, checkEntry(entry));
          } catch (error) {
            return this.#report('get', key, error, FAILED);
          }
        },
        (error: unknown) => {
          this.inProgress.end();
          return this.#report('get', key, error, FAILED);
        },
      );
    } catch (error) {
      return this.#report('get', key, error, FAILED);
    }
  }

  /** Returns whether the backend has stored the entry. */
  set(key: string, entry: Entry): MaybePromise<boolean> {
    return this.#confirm('set', key, () => this.backend.set(key, entry));
  }

  /** True if this process can keep entries for itself while the backend is down. */
  get keepsWhileDown(): boolean {
    return this.backend.whileDown !== undefined;
  }

  /** Looks among the entries that this process keeps while the backend is down. */
  getWhileDown(key: string): Found {
    const entry = this.guardCallback('get', key, () =>
      checkEntry(this.backend.whileDown?.get(key)),
    );
    return entry === undefined ? FAILED : { kind: 'entry', entry };
  }

  setWhileDown(key: string, entry: Entry): void {
    this.guardCallback('set', key, () => this.backend.whileDown?.set(key, entry));
  }

  /** Returns whether the backend has confirmed it. */
  delete(key: string): MaybePromise<boolean> {
    return this.#confirm('delete', key, () => this.backend.delete(key));
  }

  /** Returns whether the backend has confirmed it. */
  clear(prefix: string): MaybePromise<boolean> {
    return this.#confirm('clear', prefix, () => {
      if (this.backend.clear !== undefined) return this.backend.clear(prefix);
      throw new BackendError(
        `the ${this.backend.name} backend has no clear(), so it cannot delete the entries of all objects`,
      );
    });
  }

  /**
   * Runs a user callback (`ttl`, `shouldCache` and the like). Returns `undefined` and emits an `error`
   * event if it throws: the caller already has its value.
   */
  guardCallback<T>(step: ErrorStep, key: string, callback: () => T): T | undefined {
    try {
      return callback();
    } catch (error) {
      return this.#report(step, key, error, undefined);
    }
  }

  /** Result of a command on a lease; `undefined` if it fails and nobody can tell what has happened. */
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

  #found(key: string, entry: Entry | undefined): Found {
    if (entry === undefined) return NOTHING;
    const { token, cost, unreadable } = entry;
    if (unreadable !== undefined) {
      return this.#report('get', key, unreadable, { kind: 'unreadable', token });
    }
    return entry.placeholder === true ? { kind: 'leased', token, cost } : { kind: 'entry', entry };
  }

  #confirm(step: ErrorStep, key: string, command: () => MaybePromise<void>): MaybePromise<boolean> {
    return rescue<boolean>(
      () => then(command(), () => true),
      (error) => this.#report(step, key, error, false),
    );
  }

  #report<T>(step: ErrorStep, key: string, error: unknown, instead: T): T {
    this.events.emit(key, { type: 'error', step, error });
    return instead;
  }
}
