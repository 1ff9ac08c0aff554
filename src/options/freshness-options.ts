import { milliseconds, type Duration } from './duration.js';
import { checkBoolean, checkFunction, checkOptionNames, mustBe } from './checks.js';

/** Options on freshness, failures and leases: of a function, or as defaults of a cache. */
export interface FreshnessOptions {
  /**
   * How long after its ttl a stale value is still returned while one call of the fleet refreshes it in the
   * background. If the refresh fails, the stale value stays until this window ends. 0 to `Infinity`; 0
   * means that no stale value is returned.
   *
   * @default 0
   */
  readonly staleWhileRevalidate?: Duration | undefined;
  /**
   * How long after its ttl a stale value is returned if computing fails or exceeds `computeTimeout`. After
   * a failure, calls that have a stale value return it for about 1 s before one of them computes again;
   * after further failures for 2, 4, up to 30 s. 0 to `Infinity`; 0 means that every error is thrown. An
   * object selects the errors: see `StaleIfError`.
   *
   * @default 0
   */
  readonly staleIfError?: Duration | StaleIfError | undefined;
  /**
   * How long an error of the function is cached: calls with its key throw the same error object without
   * computing, unless they have a stale value. In this process only, and for the 1,000 keys of the function
   * that failed or were called last. 0 to `Infinity`; 0 means that no error is cached.
   *
   * @default 0
   */
  readonly errorTtl?: Duration | undefined;
  /**
   * Probability of refreshing a value in the background of a hit before its ttl ends: the β of XFetch. The
   * probability grows as the ttl runs out, and with the time that computing took. 1 suits most functions;
   * a larger number refreshes earlier. Any finite number from 0; 0 means never. Needs a backend that keeps
   * the `cost` of an entry, as `lru()` and `memcached()` do; has no effect on others.
   *
   * @default 0
   */
  readonly earlyRefresh?: number | undefined;
  /**
   * Largest fraction of each ttl to subtract at random, so that values stored together do not expire
   * together. From 0 to 1: with 0.1 a ttl of 60 s becomes 54 to 60 s. 0 means that each ttl is exact.
   *
   * @default 0
   */
  readonly jitter?: number | undefined;
  /**
   * How long calls wait for a computation of an asynchronous function, from its start. After that they
   * throw a `TimeoutError`, or return a stale value within `staleIfError`. The `AbortSignal` that the
   * function gets aborts; if it finishes nevertheless, its value is still stored, unless the key was
   * invalidated or computed again in the meantime. Longer than 0; more than 2 ** 31 - 1 ms (24.8 days)
   * means no limit, as does `Infinity`. Has no effect on a synchronous function.
   *
   * @default Infinity
   */
  readonly computeTimeout?: Duration | undefined;
  /**
   * Makes a fleet compute each value once, and store no value whose computation began before an
   * invalidation. Other processes wait for the lease holder: see `LeaseTimes`. With `false` every process
   * computes for itself, and a computation that began before an invalidation may be stored after it. Has
   * no effect on a backend without leases, such as `lru()`.
   *
   * @default true
   */
  readonly lease?: boolean | LeaseTimes | undefined;
}

/** `staleIfError` for some errors only. */
export interface StaleIfError {
  /** How long after its ttl a stale value is returned if computing fails. 0 to `Infinity`; required. */
  readonly for: Duration;
  /**
   * Returns `true` for an error that a stale value may replace, and `false` for one that is thrown. If it
   * throws or returns anything but a boolean, an `error` event is emitted and the error of the function
   * is thrown. Without it every error counts.
   */
  readonly when?: ((error: unknown) => boolean) | undefined;
}

/** Times of a lease. */
export interface LeaseTimes {
  /**
   * How long a lease lasts unless its holder renews it. The holder does so while it computes, so that
   * only a dead one is replaced. From 100 ms to 1 hour.
   *
   * @default '3s'
   */
  readonly ttl?: Duration | undefined;
  /**
   * How long a call waits for the holder in another process before it computes for itself, without storing
   * the value. 0 to `Infinity`, and never longer than `computeTimeout`.
   *
   * @default '10s'
   */
  readonly wait?: Duration | undefined;
}

/** Resolved freshness options; times in milliseconds. */
export interface FreshnessSettings {
  readonly staleWhileRevalidate: number;
  readonly staleIfError: number;
  readonly fallsBackOn: (error: unknown) => boolean;
  readonly errorTtl: number;
  readonly earlyRefresh: number;
  readonly jitter: number;
  readonly computeTimeout: number;
  readonly lease: { readonly ttl: number; readonly wait: number } | undefined;
}

export const FRESHNESS = [
  'staleWhileRevalidate',
  'staleIfError',
  'errorTtl',
  'earlyRefresh',
  'jitter',
  'computeTimeout',
  'lease',
] as const;

const LEASE_TTL = 3_000;
const LEASE_WAIT = 10_000;
const SHORTEST_LEASE = 100;
const LONGEST_LEASE = 3_600_000;
/** Milliseconds (24.8 days). A timer with a longer delay fires at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Resolves options and their defaults. `where` begins each message. Throws an `OptionError` for the first
 * invalid option.
 */
export function resolveFreshness(
  where: string,
  options: FreshnessOptions,
  defaults: FreshnessOptions = {},
): FreshnessSettings {
  const given = <K extends keyof FreshnessOptions, T>(
    name: K,
    otherwise: T,
  ): Exclude<FreshnessOptions[K], undefined> | T => {
    const { [name]: own = defaults[name] } = options;
    return own === undefined ? otherwise : (own as Exclude<FreshnessOptions[K], undefined>);
  };
  const at = (name: keyof FreshnessOptions): string => `${where}: ${name}`;
  return {
    staleWhileRevalidate: milliseconds(
      at('staleWhileRevalidate'),
      given('staleWhileRevalidate', 0),
    ),
    ...resolveStaleIfError(at('staleIfError'), given('staleIfError', 0)),
    errorTtl: milliseconds(at('errorTtl'), given('errorTtl', 0)),
    earlyRefresh: resolveEarlyRefresh(at('earlyRefresh'), given('earlyRefresh', 0)),
    jitter: resolveJitter(at('jitter'), given('jitter', 0)),
    computeTimeout: resolveTimeout(at('computeTimeout'), given('computeTimeout', Infinity)),
    lease: resolveLease(at('lease'), given('lease', true)),
  };
}

function resolveStaleIfError(
  name: string,
  option: Duration | StaleIfError,
): Pick<FreshnessSettings, 'staleIfError' | 'fallsBackOn'> {
  const isPlain = typeof option !== 'object' || (option as unknown) === null;
  if (isPlain) return { staleIfError: milliseconds(name, option), fallsBackOn: () => true };
  checkOptionNames(name, option, ['for', 'when']);
  checkFunction(`${name}.when`, option.when);
  return {
    staleIfError: milliseconds(`${name}.for`, option.for),
    fallsBackOn: predicate(option.when),
  };
}

function predicate(when: StaleIfError['when']): FreshnessSettings['fallsBackOn'] {
  return (error) => when === undefined || checkBoolean('staleIfError.when', when(error));
}

function resolveLease(name: string, option: unknown): FreshnessSettings['lease'] {
  if (option === false) return undefined;
  if (option === true) return { ttl: LEASE_TTL, wait: LEASE_WAIT };
  if (typeof option !== 'object' || option === null) {
    throw mustBe(name, 'true, false or { ttl, wait }', option);
  }
  checkOptionNames(name, option, ['ttl', 'wait']);
  const { ttl = LEASE_TTL, wait = LEASE_WAIT } = option as LeaseTimes;
  const time = milliseconds(`${name}.ttl`, ttl);
  if (time >= SHORTEST_LEASE && time <= LONGEST_LEASE) {
    return { ttl: time, wait: milliseconds(`${name}.wait`, wait) };
  }
  throw mustBe(`${name}.ttl`, 'from 100 ms to 1 hour', ttl);
}

function resolveTimeout(name: string, option: unknown): number {
  const time = milliseconds(name, option);
  if (time > 0) return time > LONGEST_TIMER ? Infinity : time;
  throw mustBe(name, 'longer than 0', option);
}

function resolveEarlyRefresh(name: string, option: unknown): number {
  if (typeof option === 'number' && option >= 0 && option < Infinity) return option;
  throw mustBe(name, 'a finite number of at least 0', option);
}

function resolveJitter(name: string, option: unknown): number {
  if (typeof option === 'number' && option >= 0 && option <= 1) return option;
  throw mustBe(name, 'a number from 0 to 1', option);
}
