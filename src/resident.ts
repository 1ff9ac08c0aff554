import type { Entry } from './backend.js';

/** What a store in process counts: its writes. */
export interface Writes {
  count: number;
}

/** What remembers an entry, and need not any longer once it is gone. */
export interface Memory {
  forget(): void;
}

/**
 * An entry as it lives in a store in process, for who would rather remember it than look it up again.
 * What was used since the last write need not be told so again: nothing is evicted between two writes.
 */
export class Resident implements Entry {
  readonly value: unknown;
  readonly freshUntil: number;
  readonly cost: number | undefined;
  readonly promised: boolean;
  /** Whether it is still stored. */
  alive = true;
  /** Where it is remembered. */
  memory: Memory | undefined;
  /** The store's writes when it was last used. */
  used: number;

  constructor(
    { value, freshUntil, cost, promised = false }: Entry,
    readonly writes: Writes,
  ) {
    this.value = value;
    this.freshUntil = freshUntil;
    this.cost = cost;
    this.promised = promised;
    this.used = writes.count;
  }

  /** It was evicted, replaced or deleted. */
  end(): void {
    this.alive = false;
    this.memory?.forget();
  }
}
