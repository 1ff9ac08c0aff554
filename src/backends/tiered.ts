import type { AsyncBackend, Backend, Leases, SyncBackend } from '../backend.js';
import { milliseconds, type Duration } from '../duration.js';
import { OptionError } from '../errors.js';
import { checkOptionNames, show } from '../option-checks.js';
import { bounded } from './bounded.js';
import { Copies } from './copies.js';
import { scoped } from './scoped.js';

export interface TieredOptions {
  /**
   * For how long a value that was read from `l2` is answered from `l1`, at most: an invalidation by
   * another process is heard of so much later.
   *
   * @default '1s'
   */
  readonly ttl?: Duration | undefined;
}

const TTL = 1000;

/**
 * A backend made of two: an in-process `l1`, such as `lru()`, in front of a shared `l2`, such as
 * `memcached()`. What is read from `l2` is backfilled into `l1`, and answered from there for `ttl`, or
 * until this process writes or invalidates it. While `l2` is down, `l1` keeps for `ttl` what is computed.
 *
 * Leases, keys and errors are those of `l2`; only values of `l1` may be older than an invalidation, by
 * others, and by `ttl` at most. Values come from `l1` as `l1` hands them out; one that it cannot keep is
 * read from `l2` each time. Closing closes both. Throws an `OptionError` for backends or options that
 * cannot work.
 */
export function tiered(
  l1: SyncBackend,
  l2: AsyncBackend,
  options: TieredOptions = {},
): AsyncBackend {
  checkOptionNames('tiered', options, ['ttl']);
  checkTier('l1', l1, 'a backend in process, such as lru()', { sync: true, shared: false });
  checkTier('l2', l2, 'a shared backend, such as memcached()', { sync: false, shared: true });
  const copies = new Copies(scoped(l1) as SyncBackend, ttlOf(options.ttl));
  const far = bounded(l2);
  return {
    name: 'tiered',
    sync: false,
    shared: true,
    ...(far.deadline !== undefined && { deadline: far.deadline }),
    ...(far.leases && { leases: fencing(far.leases, copies) }),
    ...(far.refuses && {
      refuses: (key: string) => far.refuses?.(key) === true && copies.get(key) === undefined,
    }),
    get: (key) => copies.get(key) ?? copies.backfill(key, far.get(key)),
    set: (key, entry) => {
      copies.forget(key);
      return far.set(key, entry);
    },
    delete: (key) => {
      copies.forget(key);
      return far.delete(key);
    },
    keep: (key, entry) => {
      copies.keep(key, entry);
    },
    close: async () => {
      l1.close?.();
      await far.close?.();
    },
  };
}

/** The leases of `l2`: whoever writes, or is about to, leaves no copy of what was there. */
function fencing(leases: Leases, copies: Copies): Leases {
  return {
    acquire: (key, ttl, cost) => leases.acquire(key, ttl, cost),
    renew: (key, version, ttl, cost) => leases.renew(key, version, ttl, cost),
    claimKey: (key, version) => leases.claimKey(key, version),
    seize: (key, ttl) => {
      copies.forget(key);
      return leases.seize(key, ttl);
    },
    fill: (key, entry, version) => {
      copies.forget(key);
      return leases.fill(key, entry, version);
    },
    release: (key, version) => {
      copies.forget(key);
      return leases.release(key, version);
    },
  };
}

function checkTier(
  tier: string,
  given: unknown,
  wanted: string,
  { sync, shared }: Pick<Backend, 'sync' | 'shared'>,
): void {
  const backend = (given ?? {}) as Partial<Backend>;
  if (backend.sync === sync && backend.shared === shared) return;
  const what = typeof backend.name === 'string' ? `the backend ${show(backend.name)}` : show(given);
  throw new OptionError(`tiered: ${tier} is ${what}; write ${wanted}`);
}

function ttlOf(ttl: Duration = TTL): number {
  const time = milliseconds('ttl', ttl);
  if (time > 0) return time;
  throw new OptionError('ttl: 0 keeps nothing in l1; write a duration, or use l2 by itself');
}
