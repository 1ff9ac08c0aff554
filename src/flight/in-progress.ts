/** Counts what is under way behind the callers' backs: computations, stores. */
export class InProgress {
  #count = 0;
  #waiters: (() => void)[] = [];
  /** Whether the cache was closed: what is tried again in the background need not be any more. */
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

  /** Resolves when nothing is under way, what begins meanwhile included. */
  async idle(): Promise<void> {
    while (this.#count > 0) {
      await new Promise<void>((wake) => this.#waiters.push(wake));
      await Promise.resolve(); // the end of a look-up wakes us before its caller, who may compute now
    }
  }
}
