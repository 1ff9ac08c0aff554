import type { Backend, Entry } from '../backend.js';
import { checked } from '../entry.js';
import { BackendError } from '../errors.js';
import type { Events, Step } from '../events.js';
import { isPromise, rescue, then, type MaybePromise } from '../platform/maybe-promise.js';
import type { Pending } from '../flight/in-progress.js';

/** What a look-up finds when the backend fails: nothing that is fresh, and nothing that may be trusted. */
export const UNANSWERED: Entry = { value: undefined, freshUntil: -Infinity };

/**
 * A backend that cannot fail: what goes wrong in it, or in one of the user's callbacks, is an `error`
 * event, and for the call as if nothing had been found or stored. The one place where that is so.
 */
export class FailOpen {
  constructor(
    private readonly backend: Backend,
    private readonly events: Events,
    private readonly pending: Pending,
  ) {}

  /** Whether the backend knows that it is down, so that asking it is in vain. */
  isDown(key: string): boolean {
    try {
      return this.backend.refuses?.(key) === true;
    } catch (error) {
      return this.#report('get', key, error, false);
    }
  }

  /** The entry, if there is one; `UNANSWERED` when the backend fails. */
  get(key: string): MaybePromise<Entry | undefined> {
    try {
      const found = this.backend.get(key);
      if (!isPromise(found)) return this.#readable(key, checked(found));
      this.pending.begin();
      // One promise for everything that may come of it: this is the way of every remote hit.
      return found.then(
        (entry) => {
          this.pending.end();
          try {
            return this.#readable(key, checked(entry));
          } catch (error) {
            return this.#report('get', key, error, UNANSWERED);
          }
        },
        (error: unknown) => {
          this.pending.end();
          return this.#report('get', key, error, UNANSWERED);
        },
      );
    } catch (error) {
      return this.#report('get', key, error, UNANSWERED);
    }
  }

  /** Answers whether the backend has taken the entry. */
  set(key: string, entry: Entry): MaybePromise<boolean> {
    return this.#confirm('set', key, () => this.backend.set(key, entry));
  }

  /** Whether entries can be kept for this process while the backend is down. */
  get hasLocal(): boolean {
    return this.backend.local !== undefined;
  }

  /** The entry that this process keeps while the backend is down; `UNANSWERED` without one. */
  getLocal(key: string): Entry {
    const { local } = this.backend;
    if (local === undefined) return UNANSWERED;
    return this.ask('get', key, () => checked(local.get(key))) ?? UNANSWERED;
  }

  setLocal(key: string, entry: Entry): void {
    this.ask('set', key, () => this.backend.local?.set(key, entry));
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
  ask<T>(step: Step, key: string, callback: () => T): T | undefined {
    try {
      return callback();
    } catch (error) {
      return this.#report(step, key, error, undefined);
    }
  }

  /** What a command on a lease answers; nothing if it fails, and it cannot be told what has happened. */
  async lease<T>(
    step: 'lease' | 'set',
    key: string,
    command: () => Promise<T>,
  ): Promise<T | undefined> {
    this.pending.begin();
    try {
      return await command();
    } catch (error) {
      return this.#report(step, key, error, undefined);
    } finally {
      this.pending.end();
    }
  }

  /** What cannot be read is an event, and as if it had expired. */
  #readable(key: string, entry: Entry | undefined): Entry | undefined {
    if (entry?.unreadable === undefined) return entry;
    return this.#report('get', key, entry.unreadable, entry);
  }

  #confirm(step: Step, key: string, order: () => MaybePromise<void>): MaybePromise<boolean> {
    return rescue<boolean>(
      () => then(order(), () => true),
      (error) => this.#report(step, key, error, false),
    );
  }

  #report<T>(step: Step, key: string, error: unknown, instead: T): T {
    this.events.emit(key, { type: 'error', step, error });
    return instead;
  }
}
