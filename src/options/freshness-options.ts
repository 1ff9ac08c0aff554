import { milliseconds, type Duration } from './duration.js';
import { OptionError } from '../errors.js';
import { ignoreRejection } from '../platform/maybe-promise.js';
import { checkFunction, checkOptionNames, show } from './checks.js';

/** Options on how fresh an answer has to be, and who computes; of functions, and defaults of a cache. */
export interface FreshnessOptions {
  /**
   * For how long past its ttl a value is still answered, while one call of the fleet computes a new one
   * behind that answer.
   *
   * @default 0
   */
  readonly staleWhileRevalidate?: Duration | undefined;
  /**
   * For how long past its ttl a value is answered when computing fails. After a failure who has such a
   * value does not compute for a second, doubled with each further failure up to 30. `when` tells the
   * errors that count from those that are an answer.
   *
   * @default 0
   */
  readonly staleIfError?: Duration | StaleIfError | undefined;
  /**
   * For how long an error is thrown again, the same one, without computing: in this process.
   *
   * @default 0
   */
  readonly errorTtl?: Duration | undefined;
  /**
   * The β of XFetch: a hit refreshes its value behind the answer, with a probability that grows as the
   * ttl runs out, and the sooner the longer computing takes. 1 is right for most; 0 never does.
   *
   * @default 0
   */
  readonly earlyRefresh?: number | undefined;
  /**
   * The largest part of each ttl, 0 to 1, to take off at random, so that values made together do not
   * expire together.
   *
   * @default 0
   */
  readonly jitter?: number | undefined;
  /**
   * How long calls wait for a computation before they throw a `TimeoutError`, or answer by
   * `staleIfError`. Its result may still be stored.
   *
   * @default Infinity
   */
  readonly computeTimeout?: Duration | undefined;
  /**
   * Whether the processes of a fleet compute a value once, and store none that was computed before an
   * invalidation; where the backend can. Others wait for a holder that gives a sign of life every `ttl`
   * (3 s), but no longer than `wait` (10 s) before they compute for themselves.
   *
   * @default true
   */
  readonly lease?: boolean | LeaseTimes | undefined;
}

export interface StaleIfError {
  /** As `staleIfError` itself. */
  readonly for: Duration;
  /** Whether the error counts. By default all do. */
  readonly when?: ((error: unknown) => boolean) | undefined;
}

export interface LeaseTimes {
  /** How long after its last sign of life a holder is replaced: 100 ms to 1 hour. */
  readonly ttl?: Duration | undefined;
  /** How long a call waits for others. */
  readonly wait?: Duration | undefined;
}

/** The options checked. */
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
/** 24 days, beyond which timers fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Checks the options. Throws an `OptionError` for the first that is wrong. */
export function resolveFreshness(
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
  return {
    staleWhileRevalidate: milliseconds('staleWhileRevalidate', given('staleWhileRevalidate', 0)),
    ...resolveStaleIfError(given('staleIfError', 0)),
    errorTtl: milliseconds('errorTtl', given('errorTtl', 0)),
    earlyRefresh: number('earlyRefresh', given('earlyRefresh', 0), Number.MAX_VALUE),
    jitter: number('jitter', given('jitter', 0), 1),
    computeTimeout: positive('computeTimeout', given('computeTimeout', Infinity)),
    lease: resolveLease(given('lease', true)),
  };
}

function resolveStaleIfError(
  option: Duration | StaleIfError,
): Pick<FreshnessSettings, 'staleIfError' | 'fallsBackOn'> {
  if (typeof option !== 'object') {
    return { staleIfError: milliseconds('staleIfError', option), fallsBackOn: () => true };
  }
  checkOptionNames('staleIfError', option, ['for', 'when']);
  checkFunction('staleIfError.when', option.when);
  return {
    staleIfError: milliseconds('staleIfError.for', option.for),
    fallsBackOn: predicate(option.when),
  };
}

function predicate(when: StaleIfError['when']): FreshnessSettings['fallsBackOn'] {
  return (error) => {
    const answer: unknown = when === undefined || when(error);
    if (typeof answer === 'boolean') return answer;
    ignoreRejection(answer);
    throw new OptionError(`staleIfError.when: it answered ${show(answer)}; write true or false`);
  };
}

function resolveLease(option: unknown): FreshnessSettings['lease'] {
  if (option === false) return undefined;
  if (option === true) return { ttl: LEASE_TTL, wait: LEASE_WAIT };
  if (typeof option !== 'object') {
    throw new OptionError(`lease: ${show(option)} is no lease; write true, false or { ttl, wait }`);
  }
  checkOptionNames('lease', option, ['ttl', 'wait']);
  const { ttl = LEASE_TTL, wait = LEASE_WAIT } = option as LeaseTimes;
  const time = milliseconds('lease.ttl', ttl);
  if (time >= SHORTEST_LEASE && time <= LONGEST_LEASE) {
    return { ttl: time, wait: milliseconds('lease.wait', wait) };
  }
  throw new OptionError(`lease.ttl: ${show(ttl)} is out of bounds; write 100 ms to 1 hour`);
}

function positive(option: string, value: unknown): number {
  const time = milliseconds(option, value);
  if (time > 0) return time > LONGEST_TIMER ? Infinity : time;
  throw new OptionError(`${option}: ${show(value)} leaves no time; write more than 0`);
}

function number(option: string, value: unknown, largest: number): number {
  if (typeof value === 'number' && value >= 0 && value <= largest) return value;
  const bounds = largest === 1 ? 'a number from 0 to 1' : 'a number that is not negative';
  throw new OptionError(`${option}: ${show(value)} is out of bounds; write ${bounds}`);
}
