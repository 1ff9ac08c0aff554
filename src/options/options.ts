import type { Backend, SyncBackend } from '../backend.js';
import { milliseconds, type Duration } from './duration.js';
import { OptionError } from '../errors.js';
import type { Listener } from '../events.js';
import {
  FRESHNESS,
  resolveFreshness,
  type FreshnessOptions,
  type FreshnessSettings,
} from './freshness-options.js';
import { checkVersion } from '../keys/derivation.js';
import { ignoreRejection } from '../platform/maybe-promise.js';
import { checkFunction, checkOptionNames, checkText, show } from './checks.js';

/** Options of `memoize` and `cached`; all of them optional. */
export interface MemoizeOptions<This, Args extends unknown[], Result> extends FreshnessOptions {
  /**
   * How long a value is fresh: milliseconds, a text such as `'30s'`, or a function of the value and the
   * arguments that answers one of these. `0` means that the value is not stored.
   *
   * @default Infinity
   */
  readonly ttl?: Duration | ((value: Awaited<Result>, ...args: Args) => Duration) | undefined;
  /**
   * A template such as `'user:{0}:{1.id}'`, or a function of `this` and the arguments. A text that it
   * answers is the key as it is, anything else is encoded as arguments are. Everything that the result
   * depends on must be in it.
   *
   * @default derived from all arguments, and in process from `this`
   */
  readonly key?: string | ((this: This, ...args: Args) => unknown) | undefined;
  /**
   * Prefix of derived keys, and the name in events. Needed on a shared backend when the function has
   * none of its own.
   *
   * @default the function's name, `Class.method` for a method
   */
  readonly name?: string | undefined;
  /** Part of derived keys: change it when the function's results change, to abandon old entries. */
  readonly version?: string | number | undefined;
  /**
   * Whether a value is worth storing. It is returned either way.
   *
   * @default everything is stored
   */
  readonly shouldCache?: ((value: Awaited<Result>, ...args: Args) => boolean) | undefined;
  /** Hears what happens to each call. */
  readonly onEvent?: Listener | undefined;
}

/** Options of `createCache`: a backend, and defaults for the functions of the cache. */
export interface CacheOptions<B extends Backend = SyncBackend> extends FreshnessOptions {
  /**
   * Where the functions of this cache keep their entries. `close()` closes it.
   *
   * @default an `lru()` that the functions share
   */
  readonly backend?: B | undefined;
  /** As of `memoize`; a function's own goes before it. */
  readonly ttl?: Duration | undefined;
  /** As of `memoize`; a function's own goes before it. */
  readonly version?: string | number | undefined;
  /** Hears what happens to the calls of all functions of the cache. */
  readonly onEvent?: Listener | undefined;
}

/** The options as the library reads them, whatever the function. */
export interface AnyOptions extends MemoizeOptions<never, never[], unknown> {
  readonly backend?: Backend | undefined;
}

/** Options checked: what the rest of the code sees. */
export interface Settings extends FreshnessSettings {
  readonly ttl: (value: unknown, args: readonly unknown[]) => number;
  readonly shouldCache: (value: unknown, args: readonly unknown[]) => boolean;
  readonly key: AnyOptions['key'];
  readonly name: string | undefined;
  readonly version: string | number | undefined;
  readonly onEvent: Listener | undefined;
}

const OWN = ['ttl', 'key', 'name', 'version', 'backend', 'shouldCache', 'onEvent'];
const MEMOIZE = [...OWN, ...FRESHNESS];
const CACHE = ['backend', 'ttl', 'version', 'onEvent', ...FRESHNESS];

type Callback = (...args: readonly unknown[]) => unknown;

/** Checks the options of a function. Throws an `OptionError` for the first that is wrong. */
export function resolveOptions(
  options: AnyOptions,
  defaults: CacheOptions<Backend>,
  where: 'memoize' | '@cached',
): Settings {
  checkOptionNames(where, options, MEMOIZE);
  checkBackend(options.backend);
  checkText('name', options.name);
  checkFunction('shouldCache', options.shouldCache);
  checkFunction('onEvent', options.onEvent);
  const { ttl = defaults.ttl } = options;
  const shouldCache = options.shouldCache as Callback | undefined;
  return {
    ...resolveFreshness(options, defaults),
    ttl: resolveTtl(ttl),
    shouldCache: (value, args) => shouldCache === undefined || wanted(shouldCache(value, ...args)),
    key: options.key,
    name: options.name,
    version: options.version ?? (options.key === undefined ? defaults.version : undefined),
    onEvent: options.onEvent,
  };
}

/** Checks the options of a cache. Throws an `OptionError` for the first that is wrong. */
export function checkCacheOptions(options: CacheOptions<Backend>): void {
  checkOptionNames('createCache', options, CACHE);
  checkFunction('onEvent', options.onEvent);
  if (options.ttl !== undefined) milliseconds('ttl', options.ttl);
  checkVersion(options.version, undefined);
  resolveFreshness(options);
  checkBackend(options.backend);
}

/** Throws an `OptionError` unless it is a backend, or nothing. */
function checkBackend(backend: unknown): void {
  if (backend === undefined || isBackend(backend)) return;
  throw new OptionError(
    `backend: ${show(backend)} is no backend; write lru(), memcached(), or an object with ` +
      'name, sync, shared, get, set and delete',
  );
}

/** Whether it has what a backend must have. */
export function isBackend(value: unknown): value is Backend {
  if (typeof value !== 'object' || value === null) return false;
  const has = (name: keyof Backend, type: string): boolean =>
    typeof Reflect.get(value, name) === type;
  return (
    has('get', 'function') &&
    has('set', 'function') &&
    has('delete', 'function') &&
    has('sync', 'boolean') &&
    has('shared', 'boolean')
  );
}

function wanted(answer: unknown): boolean {
  if (typeof answer === 'boolean') return answer;
  ignoreRejection(answer);
  throw new OptionError(`shouldCache: it answered ${show(answer)}; write true or false`);
}

function resolveTtl(ttl: unknown): Settings['ttl'] {
  if (typeof ttl === 'function') {
    return (value, args) => {
      const answer = (ttl as Callback)(value, ...args);
      ignoreRejection(answer);
      return milliseconds('ttl', answer);
    };
  }
  const fixed = ttl === undefined ? Infinity : milliseconds('ttl', ttl);
  return () => fixed;
}
