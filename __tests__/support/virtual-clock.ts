interface Timer {
  readonly at: number;
  readonly run: () => void;
  readonly order: number;
}

/** Replaces the clock and the timers of this process; time passes only in `advance`. */
export class VirtualClock {
  #time = 1_000_000;
  #timers: Timer[] = [];
  #order = 0;
  readonly #real = { setTimeout, clearTimeout, now: performance.now.bind(performance) };

  get time(): number {
    return this.#time;
  }

  /** When the next timer is due; `undefined` without one. */
  get next(): number | undefined {
    return this.#timers[0]?.at;
  }

  install(): void {
    const set = (run: () => void, delay = 0): Timer => {
      const timer = { at: this.#time + Math.max(0, delay), run, order: (this.#order += 1) };
      this.#timers.push(timer);
      this.#timers.sort((a, b) => a.at - b.at || a.order - b.order);
      return timer;
    };
    const clear = (timer: unknown): void => {
      const index = this.#timers.indexOf(timer as Timer);
      if (index >= 0) this.#timers.splice(index, 1);
    };
    Object.assign(globalThis, { setTimeout: set, clearTimeout: clear });
    performance.now = () => this.#time;
  }

  uninstall(): void {
    const { setTimeout, clearTimeout, now } = this.#real;
    Object.assign(globalThis, { setTimeout, clearTimeout });
    performance.now = now;
  }

  /** Removes all timers. */
  reset(): void {
    this.#timers = [];
  }

  /** Advances to the next timer and runs it, or by `most` milliseconds if that is sooner. */
  advance(most: number): void {
    const [timer] = this.#timers;
    if (timer === undefined || timer.at > this.#time + most) {
      this.#time += most;
      return;
    }
    this.#time = Math.max(this.#time, timer.at);
    this.#timers.shift();
    timer.run();
  }
}
