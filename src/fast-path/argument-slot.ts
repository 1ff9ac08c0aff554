import {
  recordAccess,
  type AccessPolicy,
  type LruEntry,
  type Slot,
} from '../backends/lru/lru-entry.js';
import { coarseNow, tickOf } from '../platform/coarse-clock.js';

/** Table that holds slots. */
export interface SlotTable<T> {
  remove(slot: ArgumentSlot<T>): void;
}

/** Place of an entry in an index, and what a hit on it needs. `T`: what the arguments are found by. */
export class ArgumentSlot<T = unknown> implements Slot {
  // Fields that a hit reads stand first, and so in one line of the processor's cache.
  /** Tick of the entry's `freshUntil`: in an earlier tick the entry is fresh, in this one it may be. */
  readonly freshTick: number;
  /** Epoch of the eviction policy in which a hit was recorded last. */
  epoch: number;
  /** Result of a hit: the value, or one promise of it for all hits. */
  readonly answer: unknown;
  readonly entry: LruEntry;
  readonly tokens: T;
  /** Key of the arguments. */
  readonly key: string;
  readonly #table: SlotTable<T>;

  constructor(table: SlotTable<T>, entry: LruEntry, tokens: T, key: string, answer: unknown) {
    this.freshTick = tickOf(entry.freshUntil);
    this.epoch = -1;
    this.answer = answer;
    this.entry = entry;
    this.tokens = tokens;
    this.key = key;
    this.#table = table;
  }

  get fresh(): boolean {
    return coarseNow() < this.entry.freshUntil;
  }

  recordAccess(policy: AccessPolicy): void {
    recordAccess(this.entry, policy);
    this.epoch = policy.epoch;
  }

  remove(): void {
    this.#table.remove(this);
  }
}
