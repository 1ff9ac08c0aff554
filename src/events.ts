import { disregard } from './maybe-promise.js';
import { Share } from './recent.js';
import { hitsSeen } from './reentry.js';

/** The step of the journey at which something of the cache's own failed. */
export type Step =
  'get' | 'lease' | 'set' | 'delete' | 'clear' | 'close' | 'ttl' | 'shouldCache' | 'staleIfError';

/**
 * Why a computed value was not stored. `fenced`: it was invalidated or written meanwhile. `down`: the
 * backend does not answer. `held`: another process still has the lease, for longer than calls wait.
 */
export type SkipReason = 'ttl' | 'shouldCache' | 'fenced' | 'down' | 'held';

/**
 * What happened to a call. `hit + stale + miss + join + reentry + rethrow - again` is the number of calls
 * that got a key and did not leave before any of these.
 *
 * - `hit`: a fresh entry answered. `stale`: one past its ttl. `miss`: this call computes. `join`: it
 *   shares a computation under way. `reentry`: a computation asked for its own key and computed straight
 *   through. `rethrow`: the error that is kept for `errorTtl` answered.
 * - `again`: what the call had joined was invalidated meanwhile, so that it begins anew.
 * - `wait`: the call has waited `waited` milliseconds for the computation of another process.
 * - `leave`: the call's own AbortSignal has ended it.
 * - `store`: the backend has taken the value, which cost `cost` milliseconds to compute. `skip`: it was
 *   not stored. `throw`: the function failed, or took too long. `fallback`: a stale value answered instead.
 * - `refresh`: a value is computed anew, because it was `asked` for, is `stale`, or will be soon (`early`).
 * - `prime`, `invalidate`, `clear`: the control of that name was called. `settle`: an invalidation that
 *   had failed is confirmed now.
 * - `error`: the cache or a callback failed at `step`; the caller was not disturbed.
 */
export type CacheEvent = { readonly name: string; readonly key: string } & (
  | { readonly type: 'hit' | 'stale' | 'miss' | 'join' | 'reentry' | 'rethrow' }
  | { readonly type: 'again' | 'leave' | 'fallback' }
  | { readonly type: 'wait'; readonly waited: number }
  | { readonly type: 'refresh'; readonly reason: 'asked' | 'stale' | 'early' }
  | { readonly type: 'prime' | 'invalidate' | 'clear' | 'settle' }
  | { readonly type: 'store'; readonly cost: number }
  | { readonly type: 'skip'; readonly reason: SkipReason }
  | { readonly type: 'throw'; readonly error: unknown }
  | { readonly type: 'error'; readonly step: Step; readonly error: unknown }
);

/** Hears every event. What it throws or rejects is ignored: a listener cannot break a call. */
export type Listener = (event: CacheEvent) => void;

type Type = CacheEvent['type'];
const TYPES = [
  'hit',
  'stale',
  'miss',
  'join',
  'reentry',
  'rethrow',
  'again',
  'wait',
  'leave',
  'store',
  'skip',
  'throw',
  'fallback',
  'refresh',
  'prime',
  'invalidate',
  'settle',
  'clear',
  'error',
] as const satisfies readonly Type[];
/** How often each type of event has happened. */
export type Stats = Readonly<Record<Type, number>>;

type Detail = CacheEvent extends infer E ? (E extends E ? Omit<E, 'name' | 'key'> : never) : never;

/** The counters of a function, or of a cache with all of its functions, and those who listen. */
export class Events {
  /** A Map, since properties whose names vary are slow to find. */
  readonly #counts = new Map<Type, number>();

  /** What the hits of remembered entries share, and count by. */
  readonly share = new Share(hitsSeen);
  /** Others that come by the thousand, for which a counter found by its name is too slow. */
  #hits = 0;
  #joins = 0;

  readonly #heard: boolean;
  /** Whether a hit by the share has to be told: there is a parent, or somebody listens. */
  readonly telling: boolean;

  /** `parent` counts and hears everything too. */
  constructor(
    private readonly name: () => string,
    private readonly listener?: Listener,
    private readonly parent?: Events,
  ) {
    this.#heard = listener !== undefined || parent?.listener !== undefined;
    this.telling = this.#heard || parent !== undefined;
  }

  emit(key: string, detail: Detail): void {
    this.#count(detail.type);
    if (this.#heard) this.#tell({ name: this.name(), key, ...detail });
  }

  /** `emit` for the hot path: allocates nothing unless somebody listens. */
  hit(key: string): void {
    this.#hits += 1;
    this.tellHit(key);
  }

  /** What `hit` does, for one that the share has counted. */
  tellHit(key: string): void {
    if (this.parent !== undefined) this.parent.#hits += 1;
    if (this.#heard) this.#tell({ name: this.name(), key, type: 'hit' });
  }

  /** `emit`, likewise. */
  join(key: string): void {
    this.#joins += 1;
    if (this.parent !== undefined) this.parent.#joins += 1;
    if (this.#heard) this.#tell({ name: this.name(), key, type: 'join' });
  }

  stats(): Stats {
    const counts = TYPES.map((type) => [type, this.#counts.get(type) ?? 0] as const);
    const hit = this.#hits + this.share.count;
    return { ...(Object.fromEntries(counts) as Stats), hit, join: this.#joins };
  }

  #count(type: Type): void {
    this.#counts.set(type, (this.#counts.get(type) ?? 0) + 1);
    if (this.parent !== undefined) this.parent.#count(type);
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
