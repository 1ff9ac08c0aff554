import type { Entry, SyncBackend } from '../../backend.js';
import { monotonicNow } from '../../platform/clock.js';
import { checkEntry, isFresh } from '../../entry.js';
import { CodecError } from '../../errors.js';
import type { MaybePromise } from '../../platform/maybe-promise.js';

/** Copies, in process, of entries that live elsewhere: each is answered for a while. */
export class NearCache {
  /** The reads under way of each key that may make copies, counted. */
  readonly #reads = new Map<string, { count: number }>();
  #failed = false;

  constructor(
    private readonly backend: SyncBackend,
    /** Milliseconds for which a copy is answered. */
    private readonly ttl: number,
  ) {}

  get(key: string): Entry | undefined {
    return this.#ask(() => {
      const copy = checkEntry(this.backend.get(key));
      return isFresh(copy) ? checkEntry(copy.value as Entry) : undefined;
    });
  }

  /** What a read answers, of which a copy is made unless the key is forgotten meanwhile. */
  async backfill(key: string, read: MaybePromise<Entry | undefined>): Promise<Entry | undefined> {
    const since = monotonicNow();
    const reads = this.#reads.get(key) ?? { count: 0 };
    this.#reads.set(key, reads);
    reads.count += 1;
    const mayCopy = (): boolean => this.#reads.get(key) === reads;
    try {
      const found = checkEntry(await read);
      if (mayCopy() && isFresh(found)) this.set(key, found, since);
      return found;
    } finally {
      reads.count -= 1;
      if (reads.count === 0 && mayCopy()) this.#reads.delete(key);
    }
  }

  /**
   * Makes a copy of what was there at a time. Without its cost and version: whether to refresh it, and in
   * which place, the original tells.
   */
  set(key: string, { value, freshUntil }: Entry, since: number): void {
    const copy: Entry = { value, freshUntil };
    const until = Math.min(freshUntil, since + this.ttl);
    this.#ask(() => {
      try {
        this.backend.set(key, { value: copy, freshUntil: until });
      } catch (error) {
        // A value that cannot be kept as it is has no copy: the original answers.
        if (!(error instanceof CodecError)) throw error;
      }
    });
  }

  delete(key: string): void {
    this.#reads.delete(key);
    this.#ask(() => {
      this.backend.delete(key);
    });
  }

  /** From now on there are no copies. */
  close(): void {
    this.#failed = true;
  }

  /** Asks the backend, until it fails: one that could not forget must not be asked again. */
  #ask<T>(work: () => T): T | undefined {
    if (this.#failed) return undefined;
    try {
      return work();
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }
}
