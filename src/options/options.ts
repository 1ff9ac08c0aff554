import type { Backend, SyncBackend } from '../backend.js';
import type { Clock } from '../platform/clock.js';
import { SYSTEM_TIME, timeBy, type Time } from '../platform/time.js';
import { checkClock, checkNotShared } from './clock-option.js';
import { A_DURATION, milliseconds, parseDuration, type Duration } from './duration.js';
import type { Listener } from '../events.js';
import {
  FRESHNESS,
  resolveFreshness,
  type FreshnessOptions,
  type FreshnessSettings,
} from './freshness-options.js';
import { checkVersion } from '../keys/derivation.js';
import {
  checkBoolean,
  checkFlag,
  checkFunction,
  checkOptionNames,
  checkText,
  mustBe,
  mustReturn,
} from './checks.js';

/** Options of `memoize` and `cached`. All are optional. */
export interface MemoizeOptions<This, Args extends unknown[], Result> extends FreshnessOptions {
  /**
   * How long a value is fresh, from when it is stored: a duration from 0 to `Infinity`, or a function that
   * returns one for a value and its arguments. With 0 the value is not stored. If the function throws or
   * returns anything but a duration, an `error` event is emitted and the value is returned, but not stored.
   *
   * @default Infinity
   */
  readonly ttl?: Duration | ((value: Awaited<Result>, ...args: Args) => Duration) | undefined;
  /**
   * Key of a call: a template such as `'user:{0}:{1.id}'`, or a function of `this` and the arguments. A
   * string that the function returns is the key, unchanged; any other value is encoded as arguments are.
   * The key must contain everything that the result depends on. If the function throws, or returns
   * `undefined`, a promise or a value without identity, the call throws a `KeyError`.
   *
   * @default derived from all arguments, and in process from `this`
   */
  readonly key?: string | ((this: This, ...args: Args) => unknown) | undefined;
  /**
   * Prefix of derived keys, and the name in events; a non-empty string. Required on a shared backend if
   * the function has no name of its own and there is no `key`. Two functions of one name on one shared
   * backend are an `OptionError`. But a `name` may come again with the same source, as when a module is
   * evaluated twice: the functions share their entries, and a warning says so. While `NODE_ENV` is
   * `development` it may come again with another source, which takes the name over.
   *
   * @default the function's name, `Class.method` for a method
   */
  readonly name?: string | undefined;
  /**
   * Part of derived keys; a finite number or a non-empty string. A new version abandons all old entries:
   * change it when the results of the function change. Not allowed beside `key`, which can contain it.
   * Without it derived keys have no version.
   */
  readonly version?: string | number | undefined;
  /**
   * Returns `true` if a value is to be stored; the caller gets the value in any case. If it throws or
   * returns anything but a boolean, an `error` event is emitted and the value is not stored.
   *
   * @default everything is stored
   */
  readonly shouldCache?: ((value: Awaited<Result>, ...args: Args) => boolean) | undefined;
  /**
   * Called with each event of the function, such as `hit` and `miss`, while the call runs. An error that
   * it throws, or a promise that it rejects, is ignored.
   */
  readonly onEvent?: Listener | undefined;
  /**
   * Whether a fault that nobody hears, because neither the function nor its cache has an `onEvent`, is said
   * by `process.emitWarning`: a value that cannot be stored, a backend that fails, a callback that throws.
   * Once in the process for each name and step. Faults of servers are not said if `memcached` has an
   * `onEvent`. The `code` of each begins with `MEMOASIDE_`.
   *
   * @default true
   */
  readonly warnings?: boolean | undefined;
}

/** Options of `createCache`: a backend, and defaults for the functions of the cache. All are optional. */
export interface CacheOptions<B extends Backend = SyncBackend> extends FreshnessOptions {
  /**
   * Backend of all functions of the cache. `close()` closes it.
   *
   * @default an `lru()` that the functions share
   */
  readonly backend?: B | undefined;
  /**
   * Default for the `ttl` of each function: a duration, not a function.
   *
   * @default Infinity
   */
  readonly ttl?: Duration | undefined;
  /** Default for the `version` of each function that has no `key`. */
  readonly version?: string | number | undefined;
  /**
   * Called with each event of every function of the cache, after the function's own listener. An error
   * that it throws, or a promise that it rejects, is ignored.
   */
  readonly onEvent?: Listener | undefined;
  /**
   * Clock by which the values of the cache expire, for tests: an object with `now()` in milliseconds, such as
   * `Date`. It counts for ttls, stale windows, `errorTtl` and `freshUntil`; timeouts, `computeTimeout` among
   * them, are timers. Hits are slower with it. Only for a backend in process: on a shared one it is an
   * `OptionError`, because other processes and the server have clocks of their own.
   *
   * Without it values expire by `performance.now()`, which the fake timers of Jest, of sinon and, from
   * version 3 on, of Vitest advance. Those that fake `Date` alone need the option.
   *
   * @default the monotonic clock of the platform
   * @example
   * // A clock of the test's own, in any test runner:
   * let now = 0;
   * const cache = createCache({ ttl: '1m', clock: { now: () => now } });
   * now += 60_000; // everything stored so far has expired
   * @example
   * // Fakes of `Date`. A function, because they replace the global `Date`:
   * const cache = createCache({ ttl: '1m', clock: { now: () => Date.now() } });
   * jest.useFakeTimers(); jest.setSystemTime(Date.now() + 60_000);
   * vi.useFakeTimers({ toFake: ['Date'] }); vi.setSystemTime(Date.now() + 60_000);
   * sinon.useFakeTimers({ now: Date.now(), toFake: ['Date'] }).tick(60_000);
   * mock.timers.enable({ apis: ['Date'], now: Date.now() }); mock.timers.tick(60_000); // node:test
   */
  readonly clock?: Clock | undefined;
  /**
   * Default for the `warnings` of each function: whether a fault that nobody hears is said by
   * `process.emitWarning`. Also for faults of `close()`.
   *
   * @default true
   */
  readonly warnings?: boolean | undefined;
}

/** The options of any function, for use within the library. */
export interface AnyOptions extends MemoizeOptions<never, never[], unknown> {
  readonly backend?: Backend | undefined;
}

/** Resolved options, the form that the rest of the code uses. */
export interface Settings extends FreshnessSettings {
  readonly ttl: (value: unknown, args: readonly unknown[]) => number;
  readonly shouldCache: (value: unknown, args: readonly unknown[]) => boolean;
  readonly key: AnyOptions['key'];
  readonly name: string | undefined;
  readonly version: string | number | undefined;
  readonly onEvent: Listener | undefined;
  readonly warnings: boolean;
  readonly time: Time;
  /** Option that has no effect, because it is for values past their ttl and there is no ttl. */
  readonly useless: 'staleWhileRevalidate' | 'staleIfError' | undefined;
}

const OWN = ['ttl', 'key', 'name', 'version', 'backend', 'shouldCache', 'onEvent', 'warnings'];
const MEMOIZE = [...OWN, ...FRESHNESS];
const CACHE = ['backend', 'ttl', 'version', 'onEvent', 'warnings', 'clock', ...FRESHNESS];

type Callback = (...args: readonly unknown[]) => unknown;

/**
 * Resolves the options of a function and the defaults of its cache. Throws an `OptionError` for the first
 * invalid option.
 */
export function resolveOptions(
  options: AnyOptions,
  defaults: CacheOptions<Backend>,
  where: 'memoize' | '@cached',
): Settings {
  checkOptionNames(where, options, MEMOIZE);
  checkBackend(`${where}: backend`, options.backend);
  checkText(`${where}: name`, options.name);
  checkFunction(`${where}: shouldCache`, options.shouldCache);
  checkFunction(`${where}: onEvent`, options.onEvent);
  checkFlag(`${where}: warnings`, options.warnings);
  const { clock } = defaults;
  checkNotShared(where, clock, options.backend ?? defaults.backend);
  const { ttl = defaults.ttl } = options;
  const shouldCache = options.shouldCache as Callback | undefined;
  const freshness = resolveFreshness(where, options, defaults);
  return {
    ...freshness,
    ttl: resolveTtl(`${where}: ttl`, ttl),
    shouldCache: (value, args) =>
      shouldCache === undefined || checkBoolean('shouldCache', shouldCache(value, ...args)),
    key: options.key,
    name: options.name,
    version: options.version ?? (options.key === undefined ? defaults.version : undefined),
    onEvent: options.onEvent,
    time: clock === undefined ? SYSTEM_TIME : timeBy(clock),
    warnings: options.warnings ?? defaults.warnings ?? true,
    useless: ttl === undefined ? staleOption(freshness) : undefined,
  };
}

function staleOption(settings: FreshnessSettings): Settings['useless'] {
  if (settings.staleWhileRevalidate > 0) return 'staleWhileRevalidate';
  return settings.staleIfError > 0 ? 'staleIfError' : undefined;
}

/** Throws an `OptionError` for the first invalid option of a cache. */
export function checkCacheOptions(options: CacheOptions<Backend>): void {
  checkOptionNames('createCache', options, CACHE);
  checkFunction('createCache: onEvent', options.onEvent);
  checkFlag('createCache: warnings', options.warnings);
  if (options.ttl !== undefined) milliseconds('createCache: ttl', options.ttl);
  checkVersion(options.version, undefined);
  resolveFreshness('createCache', options);
  checkBackend('createCache: backend', options.backend);
  checkClock('createCache: clock', options.clock);
  checkNotShared('createCache', options.clock, options.backend);
}

/** Throws an `OptionError` unless the value is `undefined` or a backend. */
function checkBackend(option: string, backend: unknown): void {
  if (backend === undefined || isBackend(backend)) return;
  throw mustBe(
    option,
    'lru(), memcached() or an object with name, sync, shared, get, set and delete',
    backend,
  );
}

/** Tells whether a value has the required members of a backend. */
export function isBackend(value: unknown): value is Backend {
  if (typeof value !== 'object' || value === null) return false;
  const has = (name: keyof Backend, type: string): boolean =>
    typeof Reflect.get(value, name) === type;
  return (
    has('name', 'string') &&
    has('get', 'function') &&
    has('set', 'function') &&
    has('delete', 'function') &&
    has('sync', 'boolean') &&
    has('shared', 'boolean')
  );
}

function resolveTtl(option: string, ttl: unknown): Settings['ttl'] {
  if (typeof ttl === 'function') {
    return (value, args) => {
      const result = (ttl as Callback)(value, ...args);
      const time = parseDuration(result);
      if (time === undefined) throw mustReturn('ttl', A_DURATION, result);
      return time;
    };
  }
  const fixed = ttl === undefined ? Infinity : milliseconds(option, ttl);
  return () => fixed;
}
