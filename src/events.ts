import { disregard } from './maybe-promise.js';

/** The step of the journey at which something of the cache's own failed. */
export type Step = 'get' | 'set' | 'delete' | 'clear' | 'close' | 'ttl' | 'shouldCache';

/** Why a computed value was not stored; `down`: the backend knows that it does not answer. */
export type SkipReason = 'ttl' | 'shouldCache' | 'fenced' | 'down';

/**
 * What happened to a call. `hit + miss + join + reentry` add up to the calls of a function that got a
 * key.
 *
 * - `hit`: a fresh entry answered. `miss`: this call computes. `join`: it shares a computation under
 *   way. `reentry`: a computation asked for its own key and computed straight through.
 * - `store`: the backend has taken the value, which cost `cost` milliseconds to compute. `skip`: it was
 *   not offered to the backend. `throw`: the function failed.
 * - `refresh`, `prime`, `invalidate`, `clear`: the control of that name was called.
 * - `error`: the cache or a callback failed at `step`; the caller was not disturbed.
 */
export type CacheEvent = { readonly name: string; readonly key: string } & (
  | { readonly type: 'hit' | 'miss' | 'join' | 'reentry' }
  | { readonly type: 'refresh' | 'prime' | 'invalidate' | 'clear' }
  | { readonly type: 'store'; readonly cost: number }
  | { readonly type: 'skip'; readonly reason: SkipReason }
  | { readonly type: 'throw'; readonly error: unknown }
  | { readonly type: 'error'; readonly step: Step; readonly error: unknown }
);

/** Hears every event. What it throws or rejects is ignored: a listener cannot break a call. */
export type Listener = (event: CacheEvent) => void;

type Type = CacheEvent['type'];
/** How often each type of event has happened. */
export type Stats = Readonly<Record<Type, number>>;

type Detail = CacheEvent extends infer E ? (E extends E ? Omit<E, 'name' | 'key'> : never) : never;

/** The counters of a function, or of a cache with all of its functions, and those who listen. */
export class Events {
  readonly #counts: Record<Type, number> = {
    hit: 0,
    miss: 0,
    join: 0,
    reentry: 0,
    store: 0,
    skip: 0,
    throw: 0,
    refresh: 0,
    prime: 0,
    invalidate: 0,
    clear: 0,
    error: 0,
  };

  /** `parent` counts and hears everything too. */
  constructor(
    private readonly name: () => string,
    private readonly listener?: Listener,
    private readonly parent?: Events,
  ) {}

  emit(key: string, detail: Detail): void {
    this.#count(detail.type);
    if (this.#heard) this.#tell({ name: this.name(), key, ...detail });
  }

  /** `emit` for the hot path: allocates nothing unless somebody listens. */
  hit(key: string): void {
    this.#count('hit');
    if (this.#heard) this.#tell({ name: this.name(), key, type: 'hit' });
  }

  stats(): Stats {
    return { ...this.#counts };
  }

  get #heard(): boolean {
    return this.listener !== undefined || this.parent?.listener !== undefined;
  }

  #count(type: Type): void {
    this.#counts[type] += 1;
    if (this.parent !== undefined) this.parent.#counts[type] += 1;
  }

  #tell(event: CacheEvent): void {
    for (const listener of [this.listener, this.parent?.listener]) {
      if (listener !== undefined) guard(listener, event);
    }
  }
}

/** Calls a listener; whatever it does, the call that is being reported goes on. */
export function guard<E>(listener: (event: E) => unknown, event: E): void {
  try {
    disregard(listener(event));
  } catch {
    // There is nobody left to tell: events are where faults are reported.
  }
}
