import { ignoreRejection } from './platform/maybe-promise.js';
import { endShares, Share } from './platform/coarse-clock.js';

/** The step of the journey at which something of the cache's own failed. */
export type ErrorStep =
  'get' | 'lease' | 'set' | 'delete' | 'clear' | 'close' | 'ttl' | 'shouldCache' | 'staleIfError';

/**
 * Why a computed value was not stored. `fenced`: it was invalidated or written meanwhile. `backendDown`: the
 * backend does not answer. `leaseHeld`: another process still has the lease, for longer than calls wait.
 */
export type SkipReason = 'ttl' | 'shouldCache' | 'fenced' | 'backendDown' | 'leaseHeld';

/**
 * What happened to a call. `hit + stale + miss + join + recursion + errorHit - retry` is the number of calls
 * that got a key and did not leave before any of these.
 *
 * - `hit`: a fresh entry answered. `stale`: one past its ttl. `miss`: this call computes. `join`: it
 *   shares a computation under way. `recursion`: a computation asked for its own key and computed straight
 *   through. `errorHit`: the error that is kept for `errorTtl` answered.
 * - `retry`: what the call had joined was invalidated meanwhile, so that it begins anew.
 * - `wait`: the call has waited `waited` milliseconds for the computation of another process.
 * - `abort`: the call's own AbortSignal has ended it.
 * - `store`: the backend has taken the value, which cost `cost` milliseconds to compute. `skip`: it was
 *   not stored. `computeError`: the function failed, or took too long. `fallback`: a stale value answered instead.
 * - `refresh`: a value is computed anew, because it was `requested`, is `stale`, or will be soon (`early`).
 * - `prime`, `invalidate`, `clear`: the control of that name was called. `confirm`: an invalidation that
 *   had failed is confirmed now.
 * - `error`: the cache or a callback failed at `step`; the caller was not disturbed.
 */
export type CacheEvent = { readonly name: string; readonly key: string } & (
  | { readonly type: 'hit' | 'stale' | 'miss' | 'join' | 'recursion' | 'errorHit' }
  | { readonly type: 'retry' | 'abort' | 'fallback' }
  | { readonly type: 'wait'; readonly waited: number }
  | { readonly type: 'refresh'; readonly reason: 'requested' | 'stale' | 'early' }
  | { readonly type: 'prime' | 'invalidate' | 'clear' | 'confirm' }
  | { readonly type: 'store'; readonly cost: number }
  | { readonly type: 'skip'; readonly reason: SkipReason }
  | { readonly type: 'computeError'; readonly error: unknown }
  | { readonly type: 'error'; readonly step: ErrorStep; readonly error: unknown }
);

/** Hears every event. What it throws or rejects is ignored: a listener cannot break a call. */
export type Listener = (event: CacheEvent) => void;

type Type = CacheEvent['type'];
/** How often each type of event has happened. */
export type Stats = Readonly<Record<Type, number>>;

const NONE: Stats = {
  hit: 0,
  stale: 0,
  miss: 0,
  join: 0,
  recursion: 0,
  errorHit: 0,
  retry: 0,
  wait: 0,
  abort: 0,
  store: 0,
  skip: 0,
  computeError: 0,
  fallback: 0,
  refresh: 0,
  prime: 0,
  invalidate: 0,
  confirm: 0,
  clear: 0,
  error: 0,
};

type Detail = CacheEvent extends infer E ? (E extends E ? Omit<E, 'name' | 'key'> : never) : never;

/** The counters of a function, or of a cache with all of its functions, and those who listen. */
export class Events {
  /** A Map, since properties whose names vary are slow to find. */
  readonly #counts = new Map<Type, number>();

  /** What the hits of remembered entries share, which counts them. */
  readonly share = new Share((hits) => {
    this.#countHits(hits);
  });
  // Those that come by the thousand, for which a counter found by its name is too slow.
  #hits = 0;
  #joins = 0;

  /** Whether anybody listens: asked on every hit. */
  readonly hasListeners: boolean;

  /** `parent` counts and hears everything too. */
  constructor(
    private readonly name: () => string,
    private readonly listener?: Listener,
    private readonly parent?: Events,
  ) {
    this.hasListeners = listener !== undefined || parent?.listener !== undefined;
  }

  emit(key: string, detail: Detail): void {
    this.#count(detail.type);
    if (this.hasListeners) this.#notify({ name: this.name(), key, ...detail });
  }

  /** `emit` for the hot path: allocates nothing unless somebody listens. */
  hit(key: string): void {
    this.#countHits(1);
    if (this.hasListeners) this.notifyHit(key);
  }

  /** `emit`, likewise. */
  join(key: string): void {
    this.#joins += 1;
    if (this.parent !== undefined) this.parent.#joins += 1;
    if (this.hasListeners) this.#notify({ name: this.name(), key, type: 'join' });
  }

  /** Tells who listens of a hit that is counted. */
  notifyHit(key: string): void {
    this.#notify({ name: this.name(), key, type: 'hit' });
  }

  stats(): Stats {
    endShares(); // they count ahead
    const { hit = 0, join = 0, ...others } = Object.fromEntries(this.#counts);
    return { ...NONE, ...others, hit: hit + this.#hits, join: join + this.#joins };
  }

  #countHits(count: number): void {
    this.#hits += count;
    if (this.parent !== undefined) this.parent.#hits += count;
  }

  #count(type: Type): void {
    this.#counts.set(type, (this.#counts.get(type) ?? 0) + 1);
    if (this.parent !== undefined) this.parent.#count(type);
  }

  #notify(event: CacheEvent): void {
    for (const listener of [this.listener, this.parent?.listener]) {
      if (listener !== undefined) callListener(listener, event);
    }
  }
}

/** Calls a listener; whatever it does, the call that is being reported goes on. */
export function callListener<E>(listener: (event: E) => unknown, event: E): void {
  try {
    ignoreRejection(listener(event));
  } catch {
    // There is nobody left to tell: events are where faults are reported.
  }
}
