import type { SyncBackend } from '../backend.js';
import { OptionError } from '../errors.js';
import { checkOptionNames, show } from '../option-checks.js';
import { copying, type Copy } from './copy.js';
import { LeastRecentlyUsed } from './least-recently-used.js';
import { S3Fifo } from './s3-fifo.js';
import { Shelf, type Eviction } from './shelf.js';

export interface LruOptions {
  /**
   * How many entries to keep. An expired entry takes its place until it is evicted, overwritten or
   * invalidated. A positive integer.
   *
   * @default 10_000
   */
  readonly max?: number;
  /**
   * Which entry goes when there are more. `'lru'`: the least recently used, where uses between two writes
   * count as one. `'s3-fifo'`: mostly one that was used but once; where few keys make most of the calls
   * and there is room for few, it hits more often, and where what is popular changes, less.
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
  readonly copy?: Copy;
}

const DEFAULT_MAX = 10_000;
/** What a Map can hold. */
const MOST = 2 ** 24;

/** An in-process backend that keeps so many entries, by default those that were used last. */
export function lru(options: LruOptions = {}): SyncBackend {
  checkOptionNames('lru', options, ['max', 'policy', 'copy']);
  const { max = DEFAULT_MAX, policy = 'lru', copy = 'none' } = options;
  if (!Number.isSafeInteger(max) || max < 1 || max > MOST) {
    throw new OptionError(
      `lru: max is ${show(max)}; write the number of entries to keep, a positive integer up to ${MOST}`,
    );
  }
  const { store, hand } = copying(copy);
  const eviction = evictionOf(policy, max);
  const shelf = new Shelf(max, eviction);
  let closed = false;
  return {
    name: 'lru',
    sync: true,
    shared: false,
    ...(copy !== 'clone' && { residents: eviction }),
    get: (key) => {
      const entry = shelf.get(key);
      if (entry === undefined || copy !== 'clone') return entry;
      const { freshUntil, cost, promised } = entry;
      return { value: hand(entry.value), freshUntil, cost, promised };
    },
    set: (key, entry) => {
      if (closed) return;
      shelf.set(key, copy === 'none' ? entry : { ...entry, value: store(entry.value) });
    },
    delete: (key) => {
      shelf.delete(key);
    },
    clear: (prefix) => {
      shelf.clear(prefix);
    },
    close: () => {
      closed = true;
      shelf.clear('');
    },
  };
}

function evictionOf(policy: unknown, max: number): Eviction {
  if (policy === 'lru') return new LeastRecentlyUsed();
  if (policy === 's3-fifo') return new S3Fifo(max);
  throw new OptionError(`lru: policy is ${show(policy)}; write 'lru' or 's3-fifo'`);
}
