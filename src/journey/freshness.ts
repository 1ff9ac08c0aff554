import type { Entry } from '../entry.js';
import type { Settings } from '../options/options.js';
import { SYSTEM_TIME, type Time } from '../platform/time.js';

/**
 * - `fresh`: serve it.
 * - `early`: serve it, and refresh behind the answer although it is fresh.
 * - `stale`: serve it, and refresh behind the answer.
 * - `fallback`: compute, and serve it if that fails; serve it at once while backing off after a failure.
 * - `expired`: as if there were none.
 */
export type Freshness = 'fresh' | 'early' | 'stale' | 'fallback' | 'expired';

type Windows = Pick<Settings, 'staleWhileRevalidate' | 'staleIfError' | 'earlyRefresh'>;

/**
 * Decides whether an entry may be served now. `early` comes with growing probability as the end of the ttl
 * nears, in proportion to the cost of the computation: the XFetch of Vattani, Chierichetti and Lowenstein,
 * "Optimal Probabilistic Cache Stampede Prevention" (VLDB 2015).
 */
export function freshness(
  entry: Entry,
  windows: Windows,
  time: Pick<Time, 'coarseNow'> = SYSTEM_TIME,
): Freshness {
  if (entry.freshUntil === Infinity) return 'fresh';
  const left = entry.freshUntil - time.coarseNow();
  if (left > 0) {
    const { earlyRefresh } = windows;
    if (earlyRefresh === 0 || entry.cost === undefined) return 'fresh';
    return left <= entry.cost * earlyRefresh * -Math.log(Math.random()) ? 'early' : 'fresh';
  }
  if (-left < windows.staleWhileRevalidate) return 'stale';
  return -left < windows.staleIfError ? 'fallback' : 'expired';
}

/** Milliseconds past its ttl for which an entry may be of use. */
export function longestWindow({ staleWhileRevalidate, staleIfError }: Windows): number {
  return Math.max(staleWhileRevalidate, staleIfError);
}

/** A ttl less a random part of at most `jitter` times itself. */
export function jittered(ttl: number, jitter: number): number {
  return jitter === 0 || ttl === Infinity ? ttl : ttl * (1 - jitter * Math.random());
}
