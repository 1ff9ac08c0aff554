import type { SyncBackend } from '../../backend.js';
import { monotonicNow } from '../../platform/clock.js';
import { checkEntry, isFresh, type Entry } from '../../entry.js';
import { CodecError } from '../../errors.js';
import type { MaybePromise } from '../../platform/maybe-promise.js';

/** In-process copies of the entries of a shared backend, each served for `ttl` at most. */
export class NearCache {
  /** Number of reads under way by key. A read may make a copy only while its counter is the one of the key. */
  readonly #pendingReads = new Map<string, { count: number }>();
  /** True once the backend has failed, or is closed: it is not asked any more. */
  #failed = false;

  constructor(
    private readonly backend: SyncBackend,
    /** Milliseconds for which a copy is served. */
    private readonly ttl: number,
  ) {}

  get(key: string): Entry | undefined {
    return this.#guard(() => {
      const copy = checkEntry(this.backend.get(key));
      return isFresh(copy) ? checkEntry(copy.value as Entry) : undefined;
    });
  }

  /** Returns the result of a read, and keeps a copy of it unless the key is deleted meanwhile. */
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
   * Keeps a copy of an entry that was read at `readAt`. Without its cost and its token, because only the
   * original decides whether it is refreshed, and where.
   */
  set(key: string, { value, freshUntil }: Entry, readAt: number): void {
    const copy: Entry = { value, freshUntil };
    const copyUntil = Math.min(freshUntil, readAt + this.ttl);
    this.#guard(() => {
      try {
        this.backend.set(key, { value: copy, freshUntil: copyUntil });
      } catch (error) {
        // A value that the backend cannot keep has no copy: it is read from the original.
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

  /** Serves and keeps no copies from now on. */
  close(): void {
    this.#failed = true;
  }

  /** Does work on the backend until it fails once: a backend that could not delete a copy might serve it. */
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
