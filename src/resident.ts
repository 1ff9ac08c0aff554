import type { Entry } from './backend.js';
import { tickOf } from './recent.js';

/** What a store in process counts: its writes. */
export interface Writes {
  count: number;
}

/** What remembers entries, and need not any longer once they are gone. */
export interface Memory {
  forget(entry: Resident): void;
}

/**
 * An entry as it lives in a store in process, for who would rather remember it than look it up again.
 * What was used since the last write need not be told so again: nothing is evicted between two writes.
 */
export class Resident implements Entry {
  // What a hit reads stands first, and so in one line of the processor's cache.
  readonly value: unknown;
  /** That of `freshUntil`: in an earlier one the entry is fresh, in this one or later it may be. */
  readonly tick: number;
  readonly promised: boolean;
  readonly writes: Writes;
  /** The store's writes when it was last used. */
  used: number;
  #promise: Promise<unknown> | undefined;
  /** What remembers it, by what, and as the entry of which key. */
  key: string;
  memory: Memory | undefined;
  by: unknown;
  readonly freshUntil: number;
  readonly cost: number | undefined;

  constructor({ value, freshUntil, cost, promised = false }: Entry, writes: Writes) {
    this.value = value;
    this.tick = tickOf(freshUntil);
    this.promised = promised;
    this.writes = writes;
    this.used = writes.count;
    this.#promise = undefined;
    this.key = '';
    this.memory = undefined;
    this.by = undefined;
    this.freshUntil = freshUntil;
    this.cost = cost;
  }

  /** A promise of the value: one for all hits. */
  promise(): Promise<unknown> {
    return (this.#promise ??= Promise.resolve(this.value));
  }

  /** It was evicted, replaced or deleted; or is to be remembered no longer. */
  end(): void {
    this.memory?.forget(this);
    this.memory = undefined;
    this.by = undefined;
  }
}
