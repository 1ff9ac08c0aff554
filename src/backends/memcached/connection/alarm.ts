import { monotonicNow } from '../../../platform/clock.js';

/** Beyond, Node's timers fire at once. */
const MAX_DELAY = 2 ** 31 - 1;

/**
 * One timer for many deadlines. It is left running while they come and go, and whoever it wakes looks
 * for what is due: a timer set and cleared per request would cost as much as the request.
 */
export class Alarm {
  readonly #wake: () => void;
  #timer: NodeJS.Timeout | undefined;
  #time = Infinity;

  constructor(wake: () => void) {
    this.#wake = wake;
  }

  /** Wakes at that time of `now()`, or earlier if set so before. Afterwards it is not set. */
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

  /** The process lives until it wakes. */
  ref(): void {
    this.#timer?.ref();
  }

  /** The process need not live for it. */
  unref(): void {
    this.#timer?.unref();
  }

  readonly #ring = (): void => {
    this.clear();
    this.#wake();
  };
}
