import { letGo } from '../platform/clock.js';
import { isPromise, then, type MaybePromise } from '../platform/maybe-promise.js';
import type { Pending } from '../flight/in-progress.js';

/** Keys to remember. Beyond, the oldest is given up. */
const MAX = 10_000;
const AT_ONCE = 100;
/** Milliseconds. */
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 30_000;

interface Debt {
  /** Deletes; answers whether that is confirmed. */
  readonly pay: () => MaybePromise<boolean>;
  readonly pending: Pending;
}

/**
 * Invalidations that a backend has not confirmed. Until it does, this process serves nothing that is
 * stored under their keys, and it tries again for as long as it lives: at each call of the key, and
 * after 1, 2, 4 up to 30 seconds. Neither holds the process.
 */
export class Owed {
  readonly #debts = new Map<string, Debt>();
  readonly #paying = new WeakMap<Debt, PromiseLike<boolean>>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pause = FIRST_PAUSE;

  has(key: string): boolean {
    return this.#debts.size > 0 && this.#debts.has(key);
  }

  /** The key was written or deleted. */
  paid(key: string): void {
    if (this.#debts.size > 0) this.#debts.delete(key);
  }

  owe(key: string, debt: Debt): void {
    this.#debts.delete(key);
    this.#debts.set(key, debt);
    for (const oldest of this.#debts.keys()) {
      if (this.#debts.size <= MAX) break;
      this.#debts.delete(oldest);
    }
    this.#schedule();
  }

  /** Tries again. Answers whether nothing is owed any more. Who asks meanwhile shares the answer. */
  settle(key: string): MaybePromise<boolean> {
    const debt = this.#debts.get(key);
    if (debt === undefined) return true;
    const shared = this.#paying.get(debt);
    if (shared !== undefined) return shared;
    const paying = then(debt.pay(), (paid) => {
      this.#paying.delete(debt);
      if (paid && this.#debts.get(key) === debt) this.#debts.delete(key);
      return paid;
    });
    if (this.#debts.has(key) && isPromise(paying)) this.#paying.set(debt, paying);
    return paying;
  }

  #schedule(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.#settleAll(), this.#pause);
    letGo(this.#timer);
  }

  async #settleAll(): Promise<void> {
    const keys = [...this.#debts].map(([key, { pending }]) => {
      if (pending.closed) this.#debts.delete(key);
      return key;
    });
    for (let from = 0; from < keys.length; from += AT_ONCE) {
      await Promise.all(keys.slice(from, from + AT_ONCE).map(async (key) => this.settle(key)));
    }
    this.#timer = undefined;
    this.#pause = this.#debts.size === 0 ? FIRST_PAUSE : Math.min(this.#pause * 2, LONGEST_PAUSE);
    if (this.#debts.size > 0) this.#schedule();
  }
}
