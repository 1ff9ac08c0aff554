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
  readonly value: unknown;
  /** That of `freshUntil`: in an earlier one the entry is fresh, in this one or later it may be. */
  readonly tick: number;
  /** What the backend makes of its uses. */
  used: number;
  readonly promised: boolean;
  /** What remembers it, by what, and as the entry of which key. */
  key: string;
  memory: Memory | undefined;
  by: unknown;
  private shared: Promise<unknown> | undefined;
  readonly freshUntil: number;
  readonly cost: number | undefined;
  /** The key under which it is stored. */
  readonly place: string;
  /** Its neighbours in the list that it is in. */
  before: Resident | undefined;
  after: Resident | undefined;
  onProbation: boolean;

  constructor(place: string, { value, freshUntil, cost, promised = false }: Entry) {
    this.value = value;
    this.tick = tickOf(freshUntil);
    this.used = 0;
    this.promised = promised;
    this.key = '';
    this.memory = undefined;
    this.by = undefined;
    this.shared = undefined;
    this.freshUntil = freshUntil;
    this.cost = cost;
    this.place = place;
    this.before = undefined;
    this.after = undefined;
    this.onProbation = false;
  }

  /** A promise of the value: one for all hits. */
  promise(): Promise<unknown> {
    return (this.shared ??= Promise.resolve(this.value));
  }

  /** It was evicted, replaced or deleted; or is to be remembered no longer. */
  end(): void {
    this.memory?.forget(this);
    this.memory = undefined;
    this.by = undefined;
  }
}
