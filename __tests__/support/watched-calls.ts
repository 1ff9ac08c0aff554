import { performance } from 'node:perf_hooks';
import type { BoundCache, Backend } from '../../src/index.js';
import { until } from './until.js';

/** A deadline of the backend that is to pass, in milliseconds. */
export const TIMEOUT = 100;
/** What a call may take beyond it, for scheduling, in milliseconds. */
const MARGIN = 150;

/** Calls of one memoized function through a fault, each checked and timed. */
export class WatchedCalls {
  readonly #call: (n: number) => Promise<unknown>;
  readonly #right: (n: number) => unknown;
  readonly #cache: BoundCache<Backend>;
  #longestWait = 0;
  /** What was wrong: values, and errors. */
  readonly wrong: unknown[] = [];
  /** Milliseconds that the calls took, in the order in which they ended. */
  readonly durations: number[] = [];

  /** `right` answers what the function answers for an argument: a text, or bytes. */
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
    // Without the time in which this process was at work, for this call and for all the others.
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

  /** Milliseconds by which some call has waited longer than a call may; 0 if none has. */
  get overrun(): number {
    return Math.max(0, this.#longestWait - TIMEOUT - MARGIN);
  }
}

/** What a test has opened and is to be closed after it, even if it fails. */
export class Cleanup {
  readonly #steps: (() => Promise<void>)[] = [];

  defer(step: () => Promise<void>): void {
    this.#steps.push(step);
  }

  /** Closes what was opened, the last first. */
  async run(): Promise<void> {
    for (const step of this.#steps.splice(0).reverse()) await step();
  }
}
