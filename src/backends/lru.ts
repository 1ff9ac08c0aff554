import { LRUCache } from 'lru-cache';
import type { SyncBackend } from '../backend.js';
import { OptionError } from '../errors.js';
import { checkOptionNames, show } from '../option-checks.js';
import { Resident, type Writes } from '../resident.js';
import { copying, type Copy } from './copy.js';

export interface LruOptions {
  /**
   * How many entries to keep; the least recently used goes first, where uses between two writes count
   * as one. An expired entry takes its place until it is evicted, overwritten or invalidated. A positive
   * integer.
   *
   * @default 10_000
   */
  readonly max?: number;
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

/** An in-process backend that keeps the most recently used entries, on the `lru-cache` package. */
export function lru(options: LruOptions = {}): SyncBackend {
  checkOptionNames('lru', options, ['max', 'copy']);
  const { max = DEFAULT_MAX, copy = 'none' } = options;
  if (!Number.isSafeInteger(max) || max < 1 || max > 2 ** 32 - 1) {
    throw new OptionError(
      `lru: max is ${show(max)}; write the number of entries to keep, a positive integer`,
    );
  }
  const { store, hand } = copying(copy);
  // Made when it is first used: it takes memory for all of its entries at once.
  let entries: LRUCache<string, Resident> | undefined;
  const writes: Writes = { count: 0 };
  let closed = false;
  return {
    name: 'lru',
    sync: true,
    shared: false,
    residents: copy !== 'clone',
    get: (key) => {
      const entry = entries?.get(key);
      if (entry === undefined || copy !== 'clone') return entry;
      const { freshUntil, cost, promised } = entry;
      return { value: hand(entry.value), freshUntil, cost, promised };
    },
    set: (key, entry) => {
      if (closed) return;
      entries ??= new LRUCache({
        max,
        dispose: (gone) => {
          gone.end();
        },
      });
      const stored = copy === 'none' ? entry : { ...entry, value: store(entry.value) };
      writes.count += 1;
      entries.set(key, new Resident(stored, writes));
    },
    delete: (key) => void entries?.delete(key),
    clear: (prefix) => {
      if (prefix === '') entries?.clear();
      else
        for (const key of [...(entries?.keys() ?? [])])
          if (key.startsWith(prefix)) entries?.delete(key);
    },
    close: () => {
      closed = true;
      entries?.clear();
    },
  };
}
