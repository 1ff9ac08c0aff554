import type { AsyncBackend, Backend, Leases, SyncBackend } from '../../backend.js';
import { monotonicNow } from '../../platform/clock.js';
import { milliseconds, type Duration } from '../../options/duration.js';
import { OptionError } from '../../errors.js';
import { checkOptionNames } from '../../options/checks.js';
import { describeValue } from '../../platform/describe-value.js';
import { isBackend } from '../../options/options.js';
import { withDeadline } from '../with-deadline.js';
import { NearCache } from './near-cache.js';
import { withPrefix } from '../with-prefix.js';

/** Options of `tiered`. */
export interface TieredOptions {
  /**
   * How long `l1` serves a value that was read from `l2`, and so how long after an invalidation by another
   * process this one may still return the old value. While `l2` is down, a computed value is served from `l1`
   * for this long, counted from the start of its computation. Longer than 0, `Infinity` included.
   * `earlyRefresh` has an effect only if this is shorter than the ttl of the values.
   *
   * @default '1s'
   */
  readonly ttl?: Duration | undefined;
}

/** Milliseconds. */
const TTL = 1000;

/**
 * Creates a backend of two tiers: an in-process `l1`, such as `lru()`, in front of a shared `l2`, such as
 * `memcached()`. A value that is read from `l2` is copied to `l1` (backfill) and served from there for `ttl`. A
 * write or an invalidation through this backend takes effect at once; one by another process, or through
 * another backend, after `ttl` at most. Keys and leases are those of `l2`.
 *
 * Hits return values as `l1` does: see `LruOptions.copy`. A value that `l1` cannot keep is read from `l2` each
 * time. If `l1` fails otherwise, an `error` event is emitted and `l1` is no longer used. `close` closes both.
 *
 * @throws OptionError for a backend of the wrong kind, and for an unknown or invalid option
 * @example
 * const cache = createCache({ backend: tiered(lru(), memcached('localhost:11211'), { ttl: '1s' }) });
 */
export function tiered(
  l1: SyncBackend,
  l2: AsyncBackend,
  options: TieredOptions = {},
): AsyncBackend {
  checkOptionNames('tiered', options, ['ttl']);
  checkTier('l1', l1, 'an in-process backend such as lru()', { sync: true, shared: false });
  checkTier('l2', l2, 'a shared backend such as memcached()', { sync: false, shared: true });
  const nearCache = new NearCache(withPrefix(l1) as SyncBackend, ttlOf(options.ttl));
  const lower = withDeadline(l2);
  return {
    name: 'tiered',
    sync: false,
    shared: true,
    keyspace: l2,
    ...(l2.hasListener === true && { hasListener: true }),
    ...(lower.deadline !== undefined && { deadline: lower.deadline }),
    ...(lower.leases && { leases: leasesThrough(lower.leases, nearCache) }),
    ...(lower.isDown && { isDown: (key: string) => lower.isDown?.(key) === true }),
    whileDown: {
      get: (key) => nearCache.get(key),
      set: (key, entry) => {
        nearCache.set(key, entry, monotonicNow() - (entry.cost ?? 0));
      },
    },
    get: (key) => nearCache.get(key) ?? nearCache.backfill(key, lower.get(key)),
    set: (key, entry) => {
      nearCache.delete(key);
      return lower.set(key, entry);
    },
    delete: async (key) => {
      try {
        nearCache.delete(key);
      } finally {
        await lower.delete(key);
      }
    },
    close: async () => {
      nearCache.close();
      try {
        await l1.close?.();
      } finally {
        await lower.close?.();
      }
    },
  };
}

/** The leases of `l2`. Commands that write a value, or announce it, delete the copy of the key first. */
function leasesThrough(leases: Leases, nearCache: NearCache): Leases {
  return {
    acquire: (key, ttl, cost) => leases.acquire(key, ttl, cost),
    renew: (key, token, ttl, cost) => leases.renew(key, token, ttl, cost),
    refreshLeaseKey: (key, token) => leases.refreshLeaseKey(key, token),
    takeOver: (key, ttl) => {
      nearCache.delete(key);
      return leases.takeOver(key, ttl);
    },
    fill: (key, entry, token) => {
      nearCache.delete(key);
      return leases.fill(key, entry, token);
    },
    release: (key, token) => {
      nearCache.delete(key);
      return leases.release(key, token);
    },
  };
}

function checkTier(
  tier: string,
  backend: unknown,
  expected: string,
  { sync, shared }: Pick<Backend, 'sync' | 'shared'>,
): void {
  if (isBackend(backend) && backend.sync === sync && backend.shared === shared) return;
  const actual = isBackend(backend)
    ? `the backend ${describeValue(backend.name)}`
    : describeValue(backend);
  throw new OptionError(`tiered: \`${tier}\` must be ${expected}, but is ${actual}`);
}

function ttlOf(ttl: Duration = TTL): number {
  const time = milliseconds('tiered: ttl', ttl);
  if (time > 0) return time;
  throw new OptionError(
    `tiered: \`ttl\` must be longer than 0, but is ${describeValue(ttl)}; to keep nothing in l1, use l2 alone`,
  );
}
