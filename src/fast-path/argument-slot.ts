import {
  recordAccess,
  type AccessPolicy,
  type LruEntry,
  type Slot,
} from '../backends/lru/lru-entry.js';
import type { Token } from '../keys/tokens.js';
import { coarseNow, tickOf } from '../platform/coarse-clock.js';

/** Table that holds slots. */
export interface SlotTable {
  remove(slot: ArgumentSlot): void;
}

/** Place of an entry in an index, and what a hit on it needs. */
export class ArgumentSlot implements Slot {
  // Fields that a hit reads stand first, and so in one line of the processor's cache.
  /** Tick of the entry's `freshUntil`: in an earlier tick the entry is fresh, in this one it may be. */
  readonly freshTick: number;
  /** Epoch of the eviction policy in which a hit was recorded last. */
  epoch = NaN;

  constructor(
    private readonly table: SlotTable,
    readonly entry: LruEntry,
    /** Result of a hit: the value, or one promise of it for all hits. */
    readonly answer: unknown,
    /** Tokens of the arguments. */
    readonly tokens: readonly Token[],
    /** Key of the arguments. */
    readonly key: string,
  ) {
    this.freshTick = tickOf(entry.freshUntil);
  }

  get fresh(): boolean {
    return coarseNow() < this.entry.freshUntil;
  }

  recordAccess(policy: AccessPolicy): void {
    recordAccess(this.entry, policy);
    this.epoch = policy.epoch;
  }

  remove(): void {
    this.table.remove(this);
  }
}
