import type { Found } from '../entry.js';

// The function as it was when this file was loaded, unless it was a fake even then: fakes do not run by themselves.
const enqueue: (work: () => void) => void =
  'clock' in queueMicrotask
    ? (work) => void Promise.resolve().then(work)
    : queueMicrotask.bind(globalThis);

/**
 * Look-ups that have not left the process yet, by key. Calls share one until the end of the synchronous run
 * that asked for it. After that another process may invalidate before the answer comes, so a call that
 * begins later must ask for itself.
 */
export class SharedReads {
  readonly #reads = new Map<string, PromiseLike<Found>>();

  get(key: string): PromiseLike<Found> | undefined {
    return this.#reads.size === 0 ? undefined : this.#reads.get(key);
  }

  share(key: string, read: PromiseLike<Found>): void {
    this.#reads.set(key, read);
    if (this.#reads.size === 1) enqueue(this.#clear);
  }

  delete(key: string): void {
    this.#reads.delete(key);
  }

  deleteAll(): void {
    this.#reads.clear();
  }

  readonly #clear = (): void => {
    this.#reads.clear();
  };
}
