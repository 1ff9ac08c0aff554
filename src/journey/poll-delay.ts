import type { MaybePromise } from '../platform/maybe-promise.js';

/** Milliseconds. */
const SHORTEST = 10;
const LONGEST = 250;
const LATE = 500;

/**
 * Milliseconds until the next look for a value that somebody else computes: an eighth of what the
 * computation is expected to cost, and once it is late, of the delay; give or take a quarter.
 */
export function pollDelay(cost: number, waited: number): number {
  const due = Math.min(Math.max(cost / 8, SHORTEST), LONGEST);
  const late = Math.min((waited - cost) / 8, LATE);
  return Math.max(due, late) * (0.75 + Math.random() / 2);
}

/** Looks that are planned. Who comes to wait for a key before its next look shares that one. */
export class Polls<T> {
  readonly #next = new Map<string, Promise<T>>();

  /** What the next look sees, after `delay` milliseconds or, if one is planned, earlier or later. */
  next(key: string, delay: number, look: () => MaybePromise<T>): Promise<T> {
    const planned = this.#next.get(key);
    if (planned !== undefined) return planned;
    const poll = new Promise<void>((resolve) => setTimeout(resolve, delay)).then(() => {
      // From now on it is under way: a call that begins later may not accept it.
      this.#next.delete(key);
      return look();
    });
    this.#next.set(key, poll);
    return poll;
  }
}
