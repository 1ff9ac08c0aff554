import type { Entry, SyncBackend } from '../backend.js';
import { now } from '../clock.js';
import { isFresh } from '../entry.js';
import type { MaybePromise } from '../maybe-promise.js';

/** Copies, in process, of entries that live elsewhere: each is answered for a while. */
export class Copies {
  /** The last read of each key that is under way. */
  readonly #reads = new Map<string, Promise<unknown>>();

  constructor(
    private readonly backend: SyncBackend,
    /** Milliseconds for which a copy is answered after its original was asked for. */
    private readonly ttl: number,
  ) {}

  get(key: string): Entry | undefined {
    const copy = this.backend.get(key);
    return isFresh(copy) ? copy : undefined;
  }

  /** What a read answers, of which a copy is kept unless the key is forgotten meanwhile. */
  async backfill(key: string, read: MaybePromise<Entry | undefined>): Promise<Entry | undefined> {
    const until = now() + this.ttl;
    const asked = Promise.resolve(read);
    this.#reads.set(key, asked);
    const isLast = (): boolean => this.#reads.get(key) === asked;
    try {
      const found = await asked;
      if (isLast() && isFresh(found)) this.#copy(key, found, until);
      return found;
    } finally {
      if (isLast()) this.#reads.delete(key);
    }
  }

  /** Keeps a copy of what has no original. */
  keep(key: string, entry: Entry): void {
    this.forget(key);
    this.#copy(key, entry, now() + this.ttl);
  }

  forget(key: string): void {
    this.#reads.delete(key);
    this.backend.delete(key);
  }

  /** Without its cost and version: whether to refresh, and in which place, the original tells. */
  #copy(key: string, { value, freshUntil, promised = false }: Entry, until: number): void {
    try {
      this.backend.set(key, { value, promised, freshUntil: Math.min(freshUntil, until) });
    } catch {
      // A value that cannot be kept as it is: the original answers.
    }
  }
}
