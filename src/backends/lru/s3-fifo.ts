import type { LruEntry } from './lru-entry.js';
import { LinkedList } from './linked-list.js';
import type { EvictionPolicy } from './eviction-policy.js';

/** The part of the room that is for entries on probation. */
const SMALL_SHARE = 0.1;
/** Uses that count. */
const MAX_ACCESSES = 3;
/** Uses by which an entry passes its probation. */
const PROMOTION = 2;
/** By how much `used` is greater while an entry is on probation. */
const PROBATION = MAX_ACCESSES + 1;

/**
 * Entries that are used but once go soon, and do not drive out those that are used again and again: the
 * S3-FIFO of Yang, Zhang, Qiu, Yue and Rashmi, "FIFO Queues are All You Need for Cache Eviction" (SOSP
 * 2023). A new entry is on probation in a small queue. With two hits there it moves to the main queue;
 * else its key alone is kept for a while, and if it returns within that, it skips probation. In the main
 * queue each hit, up to three, is one more round.
 */
export class S3Fifo implements EvictionPolicy {
  /** Every hit counts, up to a bound. */
  readonly epoch = NaN;
  readonly #small = new LinkedList();
  readonly #main = new LinkedList();
  readonly #ghosts: Ghosts;
  readonly #smallSize: number;

  constructor(max: number) {
    this.#smallSize = Math.max(1, Math.round(max * SMALL_SHARE));
    this.#ghosts = new Ghosts(Math.max(1, max - this.#smallSize));
  }

  access(entry: LruEntry): void {
    const bound = entry.accesses < PROBATION ? MAX_ACCESSES : PROBATION + MAX_ACCESSES;
    if (entry.accesses < bound) entry.accesses += 1;
  }

  add(entry: LruEntry, replaced: LruEntry | undefined): void {
    const returning = replaced === undefined && this.#ghosts.delete(entry.key);
    entry.accesses = replaced?.accesses ?? (returning ? 0 : PROBATION);
    this.#queueOf(entry).append(entry);
  }

  remove(entry: LruEntry): void {
    this.#queueOf(entry).remove(entry);
  }

  victim(): LruEntry | undefined {
    const full = this.#small.size >= this.#smallSize;
    return (full ? this.#fromSmall() : undefined) ?? this.#fromMain() ?? this.#small.first;
  }

  clear(): void {
    this.#ghosts.clear();
  }

  #queueOf({ accesses }: LruEntry): LinkedList {
    return accesses < PROBATION ? this.#main : this.#small;
  }

  /** The oldest on probation that has not passed it. Those that have move on. */
  #fromSmall(): LruEntry | undefined {
    for (let entry = this.#small.first; entry !== undefined; entry = this.#small.first) {
      if (entry.accesses < PROBATION + PROMOTION) {
        this.#ghosts.add(entry.key);
        return entry;
      }
      this.#small.remove(entry);
      entry.accesses = 0;
      this.#main.append(entry);
    }
    return undefined;
  }

  /** The first that has no round left. */
  #fromMain(): LruEntry | undefined {
    for (let entry = this.#main.first; entry !== undefined; entry = this.#main.first) {
      if (entry.accesses === 0) return entry;
      this.#main.remove(entry);
      entry.accesses -= 1;
      this.#main.append(entry);
    }
    return undefined;
  }
}

/** The keys of the last `room` entries that have not passed. */
class Ghosts {
  #ring: string[] = [];
  readonly #positions = new Map<string, number>();
  #next = 0;

  constructor(private readonly size: number) {}

  add(key: string): void {
    const oldest = this.#ring[this.#next];
    if (oldest !== undefined && this.#positions.get(oldest) === this.#next) this.delete(oldest);
    this.#ring[this.#next] = key;
    this.#positions.set(key, this.#next);
    this.#next = (this.#next + 1) % this.size;
  }

  /** Answers whether it was there. */
  delete(key: string): boolean {
    return this.#positions.delete(key);
  }

  clear(): void {
    this.#ring = [];
    this.#positions.clear();
    this.#next = 0;
  }
}
