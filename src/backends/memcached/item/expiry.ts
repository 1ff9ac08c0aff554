const MAX_RELATIVE = 30 * 24 * 60 * 60;
const MAX_UNIX_TIME = 2 ** 32 - 1;

/**
 * The expiration to send for an entry that names its own fresh-until, in seconds, as memcached wants it:
 * 0 for `Infinity`, at most 30 days counted from now, else a unix time up to the last that 32 bits hold.
 * The entry outlives its `lifetime` by up to two seconds, and never dies before.
 *
 * @param lifetime milliseconds, above 0
 * @param now wall time in milliseconds since the epoch
 */
export function expiry(lifetime: number, now: number): number {
  // An expiration of n kills after n - 1 to n seconds.
  return lifetime === Infinity ? 0 : wireExpiry(Math.ceil(lifetime / 1000) + 1, now);
}

/**
 * The expiration to send for an entry that cannot name its fresh-until: it dies up to two seconds before
 * its `lifetime` ends, and never after. `undefined` for less than a second: it cannot be stored.
 *
 * @param lifetime milliseconds
 * @param now wall time in milliseconds since the epoch
 */
export function strictExpiry(lifetime: number, now: number): number | undefined {
  if (lifetime === Infinity) return 0;
  // A unix time kills in the second after it.
  return lifetime < 1000 ? undefined : wireExpiry(Math.floor(lifetime / 1000), now - 1000);
}

function wireExpiry(seconds: number, now: number): number {
  if (seconds <= MAX_RELATIVE) return Math.max(1, seconds);
  return Math.min(Math.floor(now / 1000) + seconds, MAX_UNIX_TIME);
}
