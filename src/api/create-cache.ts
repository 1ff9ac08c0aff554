/// <reference lib="esnext.disposable" preserve="true" />
import type { Backend, SyncBackend } from '../backend.js';
import { withDeadline } from '../backends/with-deadline.js';
import { lru } from '../backends/lru/lru.js';
import { cachedFor, type Cached } from './cached.js';
import { Events, type Stats } from '../events.js';
import { memoizeFor, type Memoize } from './memoize.js';
import { loadMetadata } from './reflect-metadata.js';
import { checkCacheOptions, type CacheOptions } from '../options/options.js';
import { InProgress } from '../flight/in-progress.js';

/** A backend and defaults, and the functions that are bound to them. */
export interface BoundCache<B extends Backend = SyncBackend> {
  /** `memoize` with the cache's backend and defaults. */
  readonly memoize: Memoize<B>;
  /** `cached` with the cache's backend and defaults. */
  readonly cached: Cached<B>;
  /** How often each type of event has happened, over all functions of the cache. */
  stats(): Stats;
  /** Resolves when nothing is being computed or stored any more. Never rejects. */
  idle(): Promise<void>;
  /**
   * Waits up to a second for computations and stores under way, then closes the backend. Final and
   * idempotent; functions called later compute every time. Never rejects.
   */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Binds a backend and defaults together: `cache.memoize` and `cache.cached` know the backend's type, so
 * that a synchronous method on an asynchronous backend does not compile. In process each function has
 * keys of its own, but one bound for all of them. Throws an `OptionError` for options that cannot work.
 */
export function createCache<B extends Backend>(
  options: CacheOptions<B> & { readonly backend: B },
): BoundCache<B>;
export function createCache(options?: CacheOptions & { readonly backend?: undefined }): BoundCache;
export function createCache<B extends Backend = SyncBackend>(
  options?: CacheOptions<B>,
): BoundCache<B | SyncBackend>;
export function createCache(options: CacheOptions<Backend> = {}): BoundCache<Backend> {
  checkCacheOptions(options);
  const backend: Backend = options.backend ?? lru();
  const inProgress = new InProgress();
  const events = new Events(() => backend.name, options.onEvent);
  const scope = { defaults: { ...options, backend }, events, inProgress };
  const cachedMethod = cachedFor(scope);
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= shut(backend, inProgress, events));
  return {
    memoize: memoizeFor(scope),
    get cached() {
      loadMetadata(); // bare `@cache.cached` is no call: this is the last moment before the class
      return cachedMethod;
    },
    stats: () => events.stats(),
    idle: () => inProgress.idle(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Milliseconds that `close()` gives to computations and stores under way. */
const DRAIN = 1000;

async function shut(backend: Backend, inProgress: InProgress, events: Events): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const drained = new Promise<void>((resolve) => (timer = setTimeout(resolve, DRAIN)));
  await Promise.race([inProgress.idle(), drained]);
  clearTimeout(timer);
  inProgress.closed = true;
  try {
    await withDeadline(backend).close?.();
  } catch (error) {
    events.emit('', { type: 'error', step: 'close', error });
  }
}
