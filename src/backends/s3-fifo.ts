import type { Resident } from '../resident.js';
import { EntryList } from './entry-list.js';
import type { Eviction } from './shelf.js';

/** The part of the room that is for entries on probation. */
const SMALL = 0.1;
const PROBATION = 4;

/**
 * Entries that were used but once go soon, and do not drive out those that are used again and again: the
 * S3-FIFO of Yang, Zhang, Qiu, Yue and Rashmi, "FIFO Queues are All You Need for Cache Eviction" (SOSP
 * 2023). A new entry is on probation in a small queue; one that was used more than once there moves to the
 * main queue, any other leaves its key behind. Who comes back soon enough to find its key is not put on
 * probation again. In the main queue each use, up to three, is one more round.
 */
export class S3Fifo implements Eviction {
  /** An entry's `used` is how often it was used, up to 3, and on probation so much more. */
  readonly enough = PROBATION - 1;
  readonly #small = new EntryList();
  readonly #main = new EntryList();
  readonly #ghosts: Ghosts;
  readonly #smallRoom: number;

  constructor(max: number) {
    this.#smallRoom = Math.max(1, Math.round(max * SMALL));
    this.#ghosts = new Ghosts(Math.max(1, max - this.#smallRoom));
  }

  use(entry: Resident): void {
    if (entry.used < PROBATION + 3) entry.used += 1;
  }

  add(entry: Resident, replaced: Resident | undefined): void {
    const returns = replaced === undefined && this.#ghosts.delete(entry.place);
    entry.used = replaced?.used ?? (returns ? 0 : PROBATION);
    this.#queueOf(entry).append(entry);
  }

  remove(entry: Resident): void {
    this.#queueOf(entry).remove(entry);
  }

  #queueOf({ used }: Resident): EntryList {
    return used < PROBATION ? this.#main : this.#small;
  }

  victim(): Resident | undefined {
    const full = this.#small.size >= this.#smallRoom;
    return (full ? this.#fromSmall() : undefined) ?? this.#fromMain() ?? this.#small.first;
  }

  /** The oldest on probation who has not passed it; who has moves on. */
  #fromSmall(): Resident | undefined {
    for (let entry = this.#small.first; entry !== undefined; entry = this.#small.first) {
      if (entry.used < PROBATION + 2) {
        this.#ghosts.add(entry.place);
        return entry;
      }
      this.#small.remove(entry);
      entry.used = 0;
      this.#main.append(entry);
    }
    return undefined;
  }

  /** The first for whom there is no further round. */
  #fromMain(): Resident | undefined {
    for (let entry = this.#main.first; entry !== undefined; entry = this.#main.first) {
      if (entry.used === 0) return entry;
      this.#main.remove(entry);
      entry.used -= 1;
      this.#main.append(entry);
    }
    return undefined;
  }
}

/** The last so many keys of those who have gone, in a ring. */
class Ghosts {
  readonly #ring: string[] = [];
  readonly #places = new Map<string, number>();
  #next = 0;

  constructor(private readonly room: number) {}

  add(key: string): void {
    const oldest = this.#ring[this.#next];
    if (oldest !== undefined && this.#places.get(oldest) === this.#next) this.delete(oldest);
    this.#ring[this.#next] = key;
    this.#places.set(key, this.#next);
    this.#next = (this.#next + 1) % this.room;
  }

  /** Answers whether it was there. */
  delete(key: string): boolean {
    return this.#places.delete(key);
  }
}
