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

/** A cache: `memoize` and `cached` with a common backend, defaults and events. Made by `createCache`. */
export interface BoundCache<B extends Backend = SyncBackend> {
  /**
   * Returns a function that does the same with this cache: equal calls share one computation, and its value
   * while that is fresh. The options are those of `memoize`; they take precedence over the defaults of the
   * cache. On an asynchronous backend the function returns promises.
   *
   * @throws OptionError as `memoize` does
   * @example
   * const square = cache.memoize((n: number) => n * n, { name: 'square', ttl: '5m' });
   */
  readonly memoize: Memoize<B>;
  /**
   * Decorates a method with this cache: `cache.cached`, `cache.cached()` or `cache.cached({ ttl, key, … })`,
   * with standard or legacy decorators. The options are those of `cached`; they take precedence over the
   * defaults of the cache. On an asynchronous backend the method must return a promise.
   *
   * @throws OptionError as `cached` does
   * @example
   * class Users { @cache.cached({ ttl: '5m' })
   *   async find(id: string): Promise<User> { … }
   * }
   */
  readonly cached: Cached<B>;
  /** Returns the number of events of each type, of all functions of the cache. */
  stats(): Stats;
  /** Resolves when no computation and no store of the cache is under way. Has no time limit. Never rejects. */
  idle(): Promise<void>;
  /**
   * Waits for the computations and stores under way, 1 s at most, and then closes the backend. Functions
   * called after that compute every time. Further calls of `close` return the same promise. Never rejects:
   * if the backend fails to close, an `error` event is emitted.
   */
  close(): Promise<void>;
  /** `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Creates a cache, whose functions share a backend, defaults, events and `close()`. Its `memoize` and
 * `cached` know the type of the backend: on an asynchronous one they return functions that return promises,
 * and a synchronous method does not compile.
 *
 * Without a `backend` the functions share one `lru()`, and so its limit of 10,000 entries, but no keys. On a
 * shared backend functions whose `key` makes the same string share the entry.
 *
 * @throws OptionError for an unknown or invalid option
 * @example
 * const cache = createCache({ backend: memcached('localhost:11211'), ttl: '10m' });
 * const square = cache.memoize((n: number) => n * n, { name: 'square' });
 * const nine: Promise<number> = square(3);
 * await cache.close();
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
  const warnings = {
    enabled: options.warnings ?? true,
    backendIsHeard: backend.hasListener === true,
  };
  const events = new Events(() => backend.name, warnings, options.onEvent);
  const scope = { defaults: { ...options, backend }, events, inProgress };
  const cachedMethod = cachedFor(scope);
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= shut(backend, inProgress, events));
  return {
    memoize: memoizeFor(scope),
    get cached() {
      loadMetadata(); // bare `@cache.cached` makes no call before the class exists: this is the last chance
      return cachedMethod;
    },
    stats: () => events.stats(),
    idle: () => inProgress.idle(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Milliseconds for which `close()` waits for computations and stores under way. */
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
