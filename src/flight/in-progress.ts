/** Counts computations and stores that go on behind the callers' backs. */
export class InProgress {
  #count = 0;
  #waiters: (() => void)[] = [];
  /** True once the cache is closed: retries in the background may end. */
  closed = false;

  begin(): void {
    this.#count += 1;
  }

  end(): void {
    this.#count -= 1;
    if (this.#count > 0) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }

  /** Resolves when nothing is in progress, including what begins meanwhile. */
  async idle(): Promise<void> {
    while (this.#count > 0) {
      await new Promise<void>((wake) => this.#waiters.push(wake));
      await Promise.resolve(); // the end of a look-up wakes us before its caller, who may compute now
    }
  }
}
