import { monitorEventLoopDelay } from 'node:perf_hooks';
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
  readonly #delay = monitorEventLoopDelay({ resolution: 5 });
  /** What was wrong: values, and errors. */
  readonly wrong: unknown[] = [];
  /** Milliseconds that the calls took, in the order in which they ended. */
  readonly took: number[] = [];

  /** `right` answers what the function answers for an argument: a text, or bytes. */
  constructor(
    cache: BoundCache<Backend>,
    call: (n: number) => Promise<unknown>,
    right: (n: number) => unknown,
  ) {
    this.#cache = cache;
    this.#call = call;
    this.#right = right;
    this.#delay.enable();
  }

  /** Makes one call. Never rejects. */
  async make(n: number): Promise<void> {
    const began = performance.now();
    try {
      const value = await this.#call(n);
      if (value !== this.#right(n)) this.wrong.push(value);
    } catch (error) {
      this.wrong.push(error);
    }
    this.took.push(performance.now() - began);
  }

  /** Makes calls until one hits. */
  async hitAgain(n: number): Promise<void> {
    await until(async () => {
      const { hit } = this.#cache.stats();
      await this.make(n);
      return this.#cache.stats().hit > hit;
    });
  }

  /** Milliseconds by which the slowest call was later than a call may be; 0 if none was. */
  get late(): number {
    const slowest = this.took.reduce((most, ms) => Math.max(most, ms), 0);
    const stalled = this.#delay.max / 1e6; // while this very process did not get to run
    return Math.max(0, slowest - TIMEOUT - MARGIN - stalled);
  }

  /** Stops the clock: every test that began with one ends with it. */
  async stop(): Promise<void> {
    this.#delay.disable();
    await this.#cache.close();
  }
}
