import type { LruEntry } from './lru-entry.js';
import { LinkedList } from './linked-list.js';
import type { EvictionPolicy } from './eviction-policy.js';

/** Share of `max` that is for entries on probation. */
const SMALL_SHARE = 0.1;
/** Accesses beyond this number do not count. */
const MAX_ACCESSES = 3;
/** Accesses that move an entry on probation to the main queue. */
const PROMOTION = 2;
/** Offset of `accesses` while an entry is on probation. */
const PROBATION = MAX_ACCESSES + 1;

/**
 * Evicts entries that are used only once before entries that are used repeatedly: the S3-FIFO of Yang, Zhang,
 * Qiu, Yue and Rashmi, "FIFO Queues are All You Need for Cache Eviction" (SOSP 2023).
 *
 * A new entry is on probation in a small queue. After two accesses there it moves to the main queue; otherwise
 * it is evicted and only its key is remembered for a while. A key that returns within that time skips
 * probation. In the main queue each access, up to three, gives an entry one more round.
 */
export class S3Fifo implements EvictionPolicy {
  /** Every access counts, up to `MAX_ACCESSES`. */
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

  /** The oldest entry on probation that is not promoted. Moves those that are to the main queue. */
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

  /** The first entry of the main queue that has no round left. Takes one round from those before it. */
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

/** Keys of the last `size` entries that were evicted on probation. */
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

  /** Returns true if the key was there. */
  delete(key: string): boolean {
    return this.#positions.delete(key);
  }

  clear(): void {
    this.#ring = [];
    this.#positions.clear();
    this.#next = 0;
  }
}
