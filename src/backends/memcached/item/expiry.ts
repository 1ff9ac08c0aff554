/** Seconds. memcached reads a larger expiration as a Unix time. */
const MAX_RELATIVE = 30 * 24 * 60 * 60;
const MAX_UNIX_TIME = 2 ** 32 - 1;

/**
 * Returns memcached's expiration for an item whose flags hold its fresh-until: 0 for `Infinity`, seconds
 * from now up to 30 days, above that a Unix time, 2 ** 32 - 1 at most. memcached drops the item up to two
 * seconds after its `lifetime`, and never before.
 *
 * @param lifetime milliseconds, above 0
 * @param now wall time in milliseconds since the epoch
 */
export function expiry(lifetime: number, now: number): number {
  // memcached drops an item with an expiration of n after n - 1 to n seconds.
  return lifetime === Infinity ? 0 : wireExpiry(Math.ceil(lifetime / 1000) + 1, now);
}

/**
 * Returns memcached's expiration for an item whose flags have no room for a fresh-until. memcached drops
 * the item up to two seconds before its `lifetime` ends, and never after. Returns `undefined` for less
 * than a second: such an item cannot be stored.
 *
 * @param lifetime milliseconds
 * @param now wall time in milliseconds since the epoch
 */
export function strictExpiry(lifetime: number, now: number): number | undefined {
  if (lifetime === Infinity) return 0;
  // memcached drops an item in the second after its Unix time.
  return lifetime < 1000 ? undefined : wireExpiry(Math.floor(lifetime / 1000), now - 1000);
}

function wireExpiry(seconds: number, now: number): number {
  if (seconds <= MAX_RELATIVE) return Math.max(1, seconds);
  return Math.min(Math.floor(now / 1000) + seconds, MAX_UNIX_TIME);
}
