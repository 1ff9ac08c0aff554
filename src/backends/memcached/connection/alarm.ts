import { monotonicNow } from '../../../platform/clock.js';

/** Milliseconds. Node's timers fire at once for a longer delay. */
const MAX_DELAY = 2 ** 31 - 1;

/**
 * One timer for many deadlines. It keeps running when a deadline is met, and its callback must check which
 * deadlines have passed. To set and clear a timer per request would cost as much as the request.
 */
export class Alarm {
  readonly #wake: () => void;
  #timer: NodeJS.Timeout | undefined;
  #time = Infinity;

  constructor(wake: () => void) {
    this.#wake = wake;
  }

  /** Sets the alarm to a time of `monotonicNow()`, unless it is set to an earlier one. It rings once. */
  setBy(time: number): void {
    if (time >= this.#time) return;
    clearTimeout(this.#timer);
    this.#time = time;
    const delay = Math.max(1, Math.ceil(time - monotonicNow()));
    this.#timer = setTimeout(this.#ring, Math.min(delay, MAX_DELAY));
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#time = Infinity;
  }

  /** Keeps the process alive until it rings. */
  ref(): void {
    this.#timer?.ref();
  }

  /** Lets the process end before it rings. */
  unref(): void {
    this.#timer?.unref();
  }

  readonly #ring = (): void => {
    this.clear();
    this.#wake();
  };
}
