import type { Entry } from './backend.js';
import { tickOf } from './recent.js';

/** What hears of the use of entries. */
export interface Usage {
  /** Of an entry whose `used` is this, another use makes no difference: it need not hear of it. */
  readonly enough: number;
  use(entry: Resident): void;
}

/** What remembers entries, and need not any longer once they are gone. */
export interface Memory {
  forget(entry: Resident): void;
}

/** An entry as it lives in `lru`, for who would rather remember it than look it up again. */
export class Resident implements Entry {
  // What a hit reads stands first, and so in one line of the processor's cache.
  /** What a hit returns, once it is remembered: the value, or one promise of it for all hits. */
  answer: unknown;
  /** That of `freshUntil`: in an earlier one the entry is fresh, in this one or later it may be. */
  readonly tick: number;
  /** What the backend makes of its uses. */
  used: number;
  /** As the entry of which key it is remembered, by what, and what remembers it. */
  key: string;
  by: unknown;
  memory: Memory | undefined;
  readonly value: unknown;
  readonly promised: boolean;
  readonly freshUntil: number;
  readonly cost: number | undefined;
  /** The key under which it is stored. */
  readonly place: string;
  /** Its neighbours in the list that it is in. */
  before: Resident | undefined;
  after: Resident | undefined;

  constructor(place: string, { value, freshUntil, cost, promised = false }: Entry) {
    this.answer = undefined;
    this.tick = tickOf(freshUntil);
    this.used = 0;
    this.key = '';
    this.by = undefined;
    this.memory = undefined;
    this.value = value;
    this.promised = promised;
    this.freshUntil = freshUntil;
    this.cost = cost;
    this.place = place;
    this.before = undefined;
    this.after = undefined;
  }

  /** It was evicted, replaced or deleted; or is to be remembered no longer. */
  end(): void {
    this.memory?.forget(this);
    this.memory = undefined;
    this.by = undefined;
  }
}
