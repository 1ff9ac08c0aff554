import type { SyncBackend } from '../../backend.js';
import { OptionError } from '../../errors.js';
import { checkOptionNames, show } from '../../options/checks.js';
import { offerEntries } from './lru-entry.js';
import { copyFunctions, type CopyMode } from './copy-mode.js';
import { EntryStore } from './entry-store.js';
import type { EvictionPolicy } from './eviction-policy.js';
import { LeastRecentlyUsed } from './least-recently-used.js';
import { S3Fifo } from './s3-fifo.js';

export interface LruOptions {
  /**
   * How many entries to keep. An expired entry takes its place until it is evicted, overwritten or
   * invalidated. A positive integer up to 2 ** 24.
   *
   * @default 10_000
   */
  readonly max?: number;
  /**
   * Which entry goes when there are more. `'lru'`: the least recently used, where uses between two writes
   * count as one. `'s3-fifo'`: one that was hardly used again; it hits more often where few keys make most
   * of the calls and there is room for few of them.
   *
   * @default 'lru'
   */
  readonly policy?: 'lru' | 's3-fifo';
  /**
   * What a hit hands out. `'none'`: the very value that was computed, so whoever changes it changes it
   * for everybody. `'clone'`: a deep copy of its own for each hit, of plain data, Dates, Maps, Sets,
   * bytes and the like. `'freeze'`: the value itself, deeply frozen when it is stored, and so for the
   * caller who computed it. A value that cannot be treated so is not stored (an `error` event). Callers
   * who share one computation share its value, whichever it is.
   *
   * @default 'none'
   */
  readonly copy?: CopyMode;
}

const DEFAULT_MAX = 10_000;
/** As many as a Map can hold. */
const MAX_ENTRIES = 2 ** 24;

/** An in-process backend that keeps up to `max` entries, by default the most recently used. */
export function lru(options: LruOptions = {}): SyncBackend {
  checkOptionNames('lru', options, ['max', 'policy', 'copy']);
  const { max = DEFAULT_MAX, policy = 'lru', copy = 'none' } = options;
  if (!Number.isSafeInteger(max) || max < 1 || max > MAX_ENTRIES) {
    throw new OptionError(
      `lru: max is ${show(max)}; write the number of entries to keep, a positive integer up to ${MAX_ENTRIES}`,
    );
  }
  const { input, output } = copyFunctions(copy);
  const entries = new EntryStore(max, policyOf(policy, max));
  let closed = false;
  const backend: SyncBackend = {
    name: 'lru',
    sync: true,
    shared: false,
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
  throw new OptionError(`lru: policy is ${show(policy)}; write 'lru' or 's3-fifo'`);
}
