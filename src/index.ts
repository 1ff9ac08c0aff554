export type { AsyncBackend, Backend, Entry, Leases, SyncBackend, Version } from './backend.js';
export { lru, type LruOptions } from './backends/lru.js';
export { tiered, type TieredOptions } from './backends/tiered.js';
export type { Peeked } from './entry.js';
export { cached, type Cached } from './cached.js';
export { cacheOf, type Controls } from './controls.js';
export { createCache, type BoundCache } from './create-cache.js';
export { fromWallTime, now, wallTime } from './clock.js';
export type { Duration } from './duration.js';
export {
  BackendError,
  CacheError,
  CodecError,
  KeyError,
  OptionError,
  TimeoutError,
} from './errors.js';
export type { CacheEvent, Listener, Stats } from './events.js';
export { cacheKey } from './key/identity.js';
export { memoize, type Memoize, type Memoized, type MemoizedAsync } from './memoize.js';
export type { FreshnessOptions, LeaseTimes, StaleIfError } from './freshness-options.js';
export type { CacheOptions, MemoizeOptions } from './options.js';
