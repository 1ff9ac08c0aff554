import type { Entry, SyncBackend } from '../../backend.js';
import { monotonicNow } from '../../platform/clock.js';
import { checkEntry, isFresh } from '../../entry.js';
import { CodecError } from '../../errors.js';
import type { MaybePromise } from '../../platform/maybe-promise.js';

/** Copies, in process, of entries that live elsewhere: each is answered for a while. */
export class NearCache {
  /** The reads under way of each key that may make copies, counted. */
  readonly #pendingReads = new Map<string, { count: number }>();
  #failed = false;

  constructor(
    private readonly backend: SyncBackend,
    /** Milliseconds for which a copy is answered. */
    private readonly ttl: number,
  ) {}

  get(key: string): Entry | undefined {
    return this.#guard(() => {
      const copy = checkEntry(this.backend.get(key));
      return isFresh(copy) ? checkEntry(copy.value as Entry) : undefined;
    });
  }

  /** What a read answers, of which a copy is made unless the key is forgotten meanwhile. */
  async backfill(key: string, read: MaybePromise<Entry | undefined>): Promise<Entry | undefined> {
    const startedAt = monotonicNow();
    const pending = this.#pendingReads.get(key) ?? { count: 0 };
    this.#pendingReads.set(key, pending);
    pending.count += 1;
    const mayCopy = (): boolean => this.#pendingReads.get(key) === pending;
    try {
      const entry = checkEntry(await read);
      if (mayCopy() && isFresh(entry)) this.set(key, entry, startedAt);
      return entry;
    } finally {
      pending.count -= 1;
      if (pending.count === 0 && mayCopy()) this.#pendingReads.delete(key);
    }
  }

  /**
   * Makes a copy of what was there at a time. Without its cost and version: whether to refresh it, and in
   * which place, the original tells.
   */
  set(key: string, { value, freshUntil }: Entry, readAt: number): void {
    const copy: Entry = { value, freshUntil };
    const copyUntil = Math.min(freshUntil, readAt + this.ttl);
    this.#guard(() => {
      try {
        this.backend.set(key, { value: copy, freshUntil: copyUntil });
      } catch (error) {
        // A value that cannot be kept as it is has no copy: the original answers.
        if (!(error instanceof CodecError)) throw error;
      }
    });
  }

  delete(key: string): void {
    this.#pendingReads.delete(key);
    this.#guard(() => {
      this.backend.delete(key);
    });
  }

  /** From now on there are no copies. */
  close(): void {
    this.#failed = true;
  }

  /** Asks the backend, until it fails: one that could not forget must not be asked again. */
  #guard<T>(work: () => T): T | undefined {
    if (this.#failed) return undefined;
    try {
      return work();
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }
}
