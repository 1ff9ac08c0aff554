import type { Entry } from '../backend.js';
import { recentNow } from '../platform/coarse-clock.js';

/** What may be done with an entry that is no longer fresh, or not for long. All in milliseconds, but β. */
export interface Windows {
  /** For how long past its ttl it is served while it is refreshed. */
  readonly staleWhileRevalidate: number;
  /** For how long past its ttl it is served when computing fails. */
  readonly staleIfError: number;
  /** XFetch's β: 0 never refreshes early, 1 is the optimum of the paper, more is earlier. */
  readonly earlyRefresh: number;
}

/**
 * - `fresh`: serve it. `early`: serve it, and refresh behind the answer although it is fresh.
 * - `stale`: serve it, and refresh behind the answer. `fallback`: compute; serve it if that fails.
 * - `expired`: as if there were none.
 */
export type Freshness = 'fresh' | 'early' | 'stale' | 'fallback' | 'expired';

/**
 * How good an entry is now. `early` comes with growing probability as the end of the ttl nears, in
 * proportion to what the computation costs: the XFetch of Vattani, Chierichetti and Lowenstein, "Optimal
 * Probabilistic Cache Stampede Prevention" (VLDB 2015).
 */
export function freshness(entry: Entry, windows: Windows): Freshness {
  if (entry.freshUntil === Infinity) return 'fresh';
  const left = entry.freshUntil - recentNow();
  if (left > 0) {
    const { earlyRefresh } = windows;
    if (earlyRefresh === 0 || entry.cost === undefined) return 'fresh';
    return left <= entry.cost * earlyRefresh * -Math.log(Math.random()) ? 'early' : 'fresh';
  }
  if (-left < windows.staleWhileRevalidate) return 'stale';
  return -left < windows.staleIfError ? 'fallback' : 'expired';
}

/** For how long past its ttl an entry may be of use. */
export function longestWindow({ staleWhileRevalidate, staleIfError }: Windows): number {
  return Math.max(staleWhileRevalidate, staleIfError);
}

/** A ttl without a random part of at most `jitter` times itself. */
export function jittered(ttl: number, jitter: number): number {
  return jitter === 0 || ttl === Infinity ? ttl : ttl * (1 - jitter * Math.random());
}
