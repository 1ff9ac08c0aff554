import { performance } from 'node:perf_hooks';
import type { BoundCache, Backend } from '../../src/index.js';
import { until } from './until.js';

/** A backend deadline that tests let elapse, in milliseconds. */
export const TIMEOUT = 100;
/** Tolerance of a call beyond it, for scheduling, in milliseconds. */
const MARGIN = 150;

/** Calls of one memoized function through a fault, each checked and timed. */
export class WatchedCalls {
  readonly #call: (n: number) => Promise<unknown>;
  readonly #right: (n: number) => unknown;
  readonly #cache: BoundCache<Backend>;
  #longestWait = 0;
  /** Wrong values and errors. */
  readonly wrong: unknown[] = [];
  /** Milliseconds of each call, in the order in which they settled. */
  readonly durations: number[] = [];

  /** `right` returns the expected value for an argument: a string or bytes. */
  constructor(
    cache: BoundCache<Backend>,
    call: (n: number) => Promise<unknown>,
    right: (n: number) => unknown,
  ) {
    this.#cache = cache;
    this.#call = call;
    this.#right = right;
  }

  /** Makes one call. Never rejects. */
  async make(n: number): Promise<void> {
    const began = performance.now();
    const loop = performance.eventLoopUtilization();
    try {
      const value = await this.#call(n);
      if (value !== this.#right(n)) this.wrong.push(value);
    } catch (error) {
      this.wrong.push(error);
    }
    const took = performance.now() - began;
    this.durations.push(took);
    // Minus the time in which this process was busy, with this call or others.
    const { active } = performance.eventLoopUtilization(loop);
    this.#longestWait = Math.max(this.#longestWait, took - active);
  }

  /** Makes calls until one hits. */
  async hitAgain(n: number): Promise<void> {
    await until(async () => {
      const { hit } = this.#cache.stats();
      await this.make(n);
      return this.#cache.stats().hit > hit;
    });
  }

  /** Milliseconds by which the longest wait of a call exceeds the limit; 0 if none does. */
  get overrun(): number {
    return Math.max(0, this.#longestWait - TIMEOUT - MARGIN);
  }
}

/** Collects steps that clean up after a test, even if it fails. */
export class Cleanup {
  readonly #steps: (() => Promise<void>)[] = [];

  defer(step: () => Promise<void>): void {
    this.#steps.push(step);
  }

  /** Runs the steps, the last first. */
  async run(): Promise<void> {
    for (const step of this.#steps.splice(0).reverse()) await step();
  }
}
