import { describeValue } from './platform/describe-value.js';
import { ignoreRejection } from './platform/maybe-promise.js';
import { debugLine, warnOnce, type WarningCode } from './platform/warning.js';

/** Step of the journey at which something of the cache's own failed. */
export type ErrorStep =
  'get' | 'lease' | 'set' | 'delete' | 'clear' | 'close' | 'ttl' | 'shouldCache' | 'staleIfError';

/**
 * Why a computed value was not stored. `ttl`: its ttl is 0. `shouldCache`: that returned false. `fenced`:
 * the key was invalidated or written meanwhile. `backendDown`: the backend does not answer, is closed, or has not
 * confirmed an invalidation of the key. `leaseHeld`: another process has held the lease for longer than
 * calls wait, or others came between again and again, so that the call computed unshared.
 */
export type SkipReason = 'ttl' | 'shouldCache' | 'fenced' | 'backendDown' | 'leaseHeld';

/**
 * An event of a call or of a control. The sum `hit + stale + miss + join + recursion + errorHit - retry` is
 * the number of calls that got a key and did not abort before any of these.
 *
 * - `hit`: a fresh entry answered the call. `stale`: a stale entry did, within a stale window. `miss`: the
 *   call computes. `join`: it shares a computation under way. `recursion`: a computation asked for its own
 *   key, and the call computed straight through. `errorHit`: a cached error was thrown again (`errorTtl`).
 * - `retry`: the computation that the call had joined was fenced, so that the call starts again; or its own
 *   caller's AbortSignal has ended it, and one call starts again for all who had joined.
 * - `wait`: the call has waited `waited` milliseconds for the computation of another process.
 * - `abort`: the call's own AbortSignal has ended it.
 * - `store`: the backend has stored the value, which took `cost` milliseconds to compute. `skip`: the value
 *   was not stored. `computeError`: the function failed, or took too long. `fallback`: a stale value was
 *   returned instead (`staleIfError`).
 * - `refresh`: a value is computed again because it was `requested`, is `stale`, or will be soon (`early`).
 * - `prime`, `invalidate`, `clear`: the control of that name was called. `confirm`: the backend has now
 *   confirmed an invalidation that had failed.
 * - `error`: the cache or a callback failed at `step`. The caller was not disturbed.
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

/** Called with every event. An error that it throws, or a rejection, is ignored: no listener breaks a call. */
export type Listener = (event: CacheEvent) => void;

type Type = CacheEvent['type'];
/** Number of events of each type. */
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

/** Which faults that no listener hears are said by `process.emitWarning`. */
export interface Warnings {
  /** False if none is: the option `warnings`. */
  readonly enabled: boolean;
  /** True if the backend has a listener of its own, which hears when the backend fails. */
  readonly backendIsHeard: boolean;
}

/** Counters of a function, or of a cache with all of its functions, and those who listen. */
export class Events {
  /** A Map, since properties whose names vary are slow to find. */
  readonly #counts = new Map<Type, number>();
  // Events that come by the thousand, for which a counter found by its name is too slow.
  #hits = 0;
  #joins = 0;

  /** True if anybody listens, or `NODE_DEBUG` prints events. Asked on every hit. */
  readonly hasListeners: boolean;
  readonly #warns: boolean;

  /** `parent` counts and hears everything too. */
  constructor(
    private readonly name: () => string,
    private readonly warnings: Warnings,
    private readonly listener?: Listener,
    private readonly parent?: Events,
  ) {
    const isHeard = listener !== undefined || parent?.listener !== undefined;
    this.hasListeners = isHeard || debugLine !== undefined;
    this.#warns = !isHeard && warnings.enabled;
  }

  emit(key: string, detail: Detail): void {
    this.#count(detail.type);
    if (this.hasListeners) this.#notify({ name: this.name(), key, ...detail });
    if (detail.type === 'error' && this.#warns) this.#warn(detail.step, detail.error);
  }

  /** `emit` for the hot path: allocates nothing unless somebody listens. */
  hit(key: string): void {
    this.countHit();
    if (this.hasListeners) this.#notify({ name: this.name(), key, type: 'hit' });
  }

  /** `hit` where nobody listens. */
  countHit(): void {
    this.#hits += 1;
    if (this.parent !== undefined) this.parent.#hits += 1;
  }

  /** `emit` for the hot path. */
  join(key: string): void {
    this.#joins += 1;
    if (this.parent !== undefined) this.parent.#joins += 1;
    if (this.hasListeners) this.#notify({ name: this.name(), key, type: 'join' });
  }

  stats(): Stats {
    const { hit = 0, join = 0, ...others } = Object.fromEntries(this.#counts);
    return { ...NONE, ...others, hit: hit + this.#hits, join: join + this.#joins };
  }

  #count(type: Type): void {
    this.#counts.set(type, (this.#counts.get(type) ?? 0) + 1);
    if (this.parent !== undefined) this.parent.#count(type);
  }

  #warn(step: ErrorStep, error: unknown): void {
    const { code, fault } = describeFault(step, error);
    if (code === 'MEMOASIDE_BACKEND' && this.warnings.backendIsHeard) return;
    const name = this.name();
    warnOnce(code, `${name} ${step}`, () => {
      return `${name}: ${fault}: ${messageOf(error)}. ${SAID_ONCE}`;
    });
  }

  #notify(event: CacheEvent): void {
    debugLine?.(describeEvent(event));
    for (const listener of [this.listener, this.parent?.listener]) {
      if (listener !== undefined) callListener(listener, event);
    }
  }
}

const SAID_ONCE =
  'Said once for this name; `onEvent` hears of every fault, and `warnings: false` ends the warnings';

function describeFault(step: ErrorStep, error: unknown): { code: WarningCode; fault: string } {
  if (step === 'ttl' || step === 'shouldCache' || step === 'staleIfError') {
    return { code: 'MEMOASIDE_CALLBACK', fault: `the callback \`${step}\` failed` };
  }
  if (isCodecError(error)) {
    return step === 'get'
      ? { code: 'MEMOASIDE_UNREADABLE', fault: 'a stored entry cannot be read, so calls compute' }
      : { code: 'MEMOASIDE_NOT_STORED', fault: 'a value is not stored, so calls compute again' };
  }
  return {
    code: 'MEMOASIDE_BACKEND',
    fault: `the backend failed (${step}), and calls do without it`,
  };
}

/** By its code, because a program may contain two copies of the class. */
function isCodecError(error: unknown): boolean {
  return error instanceof Error && Reflect.get(error, 'code') === 'ERR_CACHE_CODEC';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : describeValue(error);
}

/** One line, whatever stands in the key or in a message. */
function describeEvent({ type, name, key, ...details }: CacheEvent): string {
  const others = Object.entries(details).map(([detail, value]) => {
    return `${detail}=${detail === 'error' ? JSON.stringify(messageOf(value)) : String(value)}`;
  });
  return [type, JSON.stringify(name), JSON.stringify(key), ...others].join(' ');
}

/** Calls a listener. Whatever it throws, the call that is being reported goes on. */
export function callListener<E>(listener: (event: E) => unknown, event: E): void {
  try {
    ignoreRejection(listener(event));
  } catch {
    // There is nobody left to tell: events are where faults are reported.
  }
}
