import type { Events } from '../events.js';
import { coarseNow, lastTick, type Share } from '../platform/coarse-clock.js';
import {
  recordAccess,
  type LruEntry,
  type LiveEntries,
  type AccessPolicy,
} from '../backends/lru/lru-entry.js';

/** What a hit of a remembered entry takes: a look at the time, a use, and a count. */
export class Hits {
  readonly #share: Share;
  readonly #usage: AccessPolicy;
  /** Whether each hit is told to somebody. */
  readonly told: boolean;

  constructor(
    private readonly events: Events,
    private readonly residents: LiveEntries,
  ) {
    this.#share = events.share;
    this.#usage = residents.policy;
    this.told = events.hasListeners;
  }

  /**
   * `take`, where all there is to do is to count: else `false`, and nothing is done. Not for hits that are
   * told.
   */
  takeAtOnce({ tick, accesses: used }: LruEntry): boolean {
    return lastTick() < tick && used === this.#usage.saturated && this.#share.takeNext();
  }

  /** Whether an entry may answer, since it is fresh. Counts the hit, and the use, if so. */
  take(entry: LruEntry): boolean {
    if (this.#share.tick() >= entry.tick && coarseNow() >= entry.freshUntil) {
      this.#share.takeBack();
      return false;
    }
    recordAccess(entry, this.#usage);
    if (this.told) this.events.notifyHit(this.residents.keyOf(entry));
    return true;
  }
}
