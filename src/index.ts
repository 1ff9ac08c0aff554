export type { AsyncBackend, Backend, Leases, SyncBackend } from './backend.js';
export { lru, type LruOptions } from './backends/lru/lru.js';
export { tiered, type TieredOptions } from './backends/tiered/tiered.js';
export type { Entry, FenceToken, Peeked } from './entry.js';
export {
  cached,
  type Cached,
  type MethodDecoratorFor,
  type PromiseOnAsynchronousBackend,
} from './api/cached.js';
export { cacheOf, type Controls } from './api/controls.js';
export { createCache, type BoundCache } from './api/create-cache.js';
export { fromWallTime, monotonicNow, toWallTime, type Clock } from './platform/clock.js';
export type { Duration } from './options/duration.js';
export {
  BackendError,
  CacheError,
  CodecError,
  KeyError,
  OptionError,
  TimeoutError,
} from './errors.js';
export type { CacheEvent, Listener, Stats } from './events.js';
export { cacheKey } from './keys/identity.js';
export { memoize, type Memoize, type Memoized, type MemoizedAsync } from './api/memoize.js';
export type { FreshnessOptions, LeaseTimes, StaleIfError } from './options/freshness-options.js';
export type { CacheOptions, MemoizeOptions } from './options/options.js';
