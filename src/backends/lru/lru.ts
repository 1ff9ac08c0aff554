import type { SyncBackend } from '../../backend.js';
import { checkOptionNames, mustBe } from '../../options/checks.js';
import { offerEntries } from './lru-entry.js';
import { copyFunctions, type CopyMode } from './copy-mode.js';
import { EntryStore } from './entry-store.js';
import type { EvictionPolicy } from './eviction-policy.js';
import { LeastRecentlyUsed } from './least-recently-used.js';
import { S3Fifo } from './s3-fifo.js';

/** Options of `lru`. All are optional. */
export interface LruOptions {
  /**
   * Maximum number of entries, an integer from 1 to 2 ** 24. An expired entry counts until it is evicted,
   * overwritten or invalidated.
   *
   * @default 10_000
   */
  readonly max?: number;
  /**
   * Eviction policy. `'lru'` evicts the least recently used entry; uses between two writes count as one.
   * `'s3-fifo'` evicts entries that were hardly used a second time: it hits more often if few keys make most
   * of the calls and there is room for only a few keys. Prefer `'lru'` if the popular keys change.
   *
   * @default 'lru'
   */
  readonly policy?: 'lru' | 's3-fifo';
  /**
   * Treatment of values. `'none'`: hits return the stored value itself, so a caller that changes it changes
   * it for all. `'clone'`: each hit returns a new deep copy, of plain data, Dates, Maps, Sets, bytes and the
   * like. `'freeze'`: hits return the stored value, which is deeply frozen when it is stored, also for the
   * caller that computed it. A value that cannot be cloned or frozen is returned but not stored (an `error`
   * event). Callers that share one computation share its value in every mode.
   *
   * @default 'none'
   */
  readonly copy?: CopyMode;
}

const DEFAULT_MAX = 10_000;
/** Capacity of a Map. */
const MAX_ENTRIES = 2 ** 24;

/**
 * Creates an in-process backend that keeps up to `max` entries, by default the most recently used ones. It is
 * synchronous: a synchronous function on it stays synchronous. Functions on one `lru` share its limit, but no
 * entries. After `close` it is empty and stores nothing.
 *
 * @throws OptionError for an unknown or invalid option
 * @example
 * const square = memoize((n: number) => n * n, { backend: lru({ max: 500 }) });
 */
export function lru(options: LruOptions = {}): SyncBackend {
  checkOptionNames('lru', options, ['max', 'policy', 'copy']);
  const { max = DEFAULT_MAX, policy = 'lru', copy = 'none' } = options;
  if (!Number.isSafeInteger(max) || max < 1 || max > MAX_ENTRIES) {
    throw mustBe('lru: max', `an integer from 1 to ${MAX_ENTRIES}`, max);
  }
  const { input, output } = copyFunctions(copy);
  const entries = new EntryStore(max, policyOf(policy, max));
  let closed = false;
  const backend: SyncBackend = {
    name: 'lru',
    sync: true,
    shared: false,
    isDown: () => closed, // so that no call says that it has stored
    get: (key) => {
      const entry = entries.get(key);
      if (entry === undefined || copy !== 'clone') return entry;
      const { freshUntil, cost, promised } = entry;
      return { value: output(entry.value), freshUntil, cost, promised };
    },
    set: (key, entry) => {
      if (closed) return;
      entries.set(key, copy === 'none' ? entry : { ...entry, value: input(entry.value) });
    },
    delete: (key) => {
      entries.delete(key);
    },
    clear: (prefix) => {
      entries.clear(prefix);
    },
    close: () => {
      closed = true;
      entries.clear('');
    },
  };
  return copy === 'clone' ? backend : offerEntries(backend, entries);
}

function policyOf(policy: unknown, max: number): EvictionPolicy {
  if (policy === 'lru') return new LeastRecentlyUsed();
  if (policy === 's3-fifo') return new S3Fifo(max);
  throw mustBe('lru: policy', "'lru' or 's3-fifo'", policy);
}
