import type { Events } from '../events.js';
import { recentNow, lastTick, type Share } from '../platform/coarse-clock.js';
import { touch, type Resident, type Residents, type Usage } from '../backends/lru/lru-entry.js';

/** What a hit of a remembered entry takes: a look at the time, a use, and a count. */
export class Hits {
  readonly #share: Share;
  readonly #usage: Usage;
  /** Whether each hit is told to somebody. */
  readonly told: boolean;

  constructor(
    private readonly events: Events,
    private readonly residents: Residents,
  ) {
    this.#share = events.share;
    this.#usage = residents.usage;
    this.told = events.heard;
  }

  /**
   * `take`, where all there is to do is to count: else `false`, and nothing is done. Not for hits that are
   * told.
   */
  takeAtOnce({ tick, used }: Resident): boolean {
    return lastTick() < tick && used === this.#usage.enough && this.#share.takeNext();
  }

  /** Whether an entry may answer, since it is fresh. Counts the hit, and the use, if so. */
  take(entry: Resident): boolean {
    if (this.#share.tick() >= entry.tick && recentNow() >= entry.freshUntil) {
      this.#share.takeBack();
      return false;
    }
    touch(entry, this.#usage);
    if (this.told) this.events.tellHit(this.residents.keyOf(entry));
    return true;
  }
}
