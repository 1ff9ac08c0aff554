import type { AsyncBackend, Backend, Leases, SyncBackend } from '../../backend.js';
import { monotonicNow } from '../../platform/clock.js';
import { milliseconds, type Duration } from '../../options/duration.js';
import { OptionError } from '../../errors.js';
import { checkOptionNames, show } from '../../options/checks.js';
import { isBackend } from '../../options/options.js';
import { withDeadline } from '../with-deadline.js';
import { NearCache } from './near-cache.js';
import { withPrefix } from '../with-prefix.js';

export interface TieredOptions {
  /**
   * For how long `l1` answers what was read from `l2`: an invalidation that was made elsewhere is heard of
   * so much later. While `l2` is down, what is computed is answered for as long, counted from when its
   * computation began. Longer than nothing; `earlyRefresh` works where it is shorter than the ttl of values.
   *
   * @default '1s'
   */
  readonly ttl?: Duration | undefined;
}

const TTL = 1000;

/**
 * A backend made of two: an in-process `l1`, such as `lru()`, in front of a shared `l2`, such as
 * `memcached()`. What is read from `l2` is backfilled into `l1`, and answered from there for `ttl`, or
 * until it is written or invalidated through this backend: elsewhere, in another process or through
 * another backend, that is heard of after `ttl` at most. Keys and leases are those of `l2`.
 *
 * A hit hands out what `l1` does: see `LruOptions.copy`. A value that `l1` cannot keep is read from `l2`
 * each time; an `l1` that fails otherwise is an `error` event, and asked no more. Closing closes both.
 * Throws an `OptionError` for backends or options that cannot work.
 */
export function tiered(
  l1: SyncBackend,
  l2: AsyncBackend,
  options: TieredOptions = {},
): AsyncBackend {
  checkOptionNames('tiered', options, ['ttl']);
  checkTier('l1', l1, 'a backend in process, such as lru()', { sync: true, shared: false });
  checkTier('l2', l2, 'a shared backend, such as memcached()', { sync: false, shared: true });
  const nearCache = new NearCache(withPrefix(l1) as SyncBackend, ttlOf(options.ttl));
  const lower = withDeadline(l2);
  return {
    name: 'tiered',
    sync: false,
    shared: true,
    keyspace: l2,
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

/** The leases of `l2`: who writes, or is about to, leaves no copy of what was there. */
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
  const what = isBackend(backend) ? `the backend ${show(backend.name)}` : show(backend);
  throw new OptionError(`tiered: ${tier} is ${what}; write ${expected}`);
}

function ttlOf(ttl: Duration = TTL): number {
  const time = milliseconds('tiered: ttl', ttl);
  if (time > 0) return time;
  throw new OptionError(
    'tiered: ttl: 0 keeps nothing in l1; write a duration, or use l2 by itself',
  );
}
