import type { AsyncBackend, Backend, SyncBackend } from '../backend.js';
import type { Peeked } from '../entry.js';
import { OptionError } from '../errors.js';
import type { Stats } from '../events.js';
import { asPromise } from '../platform/maybe-promise.js';
import { controlOf, controls } from './function-control.js';
import type { AnyFunction } from './function-kind.js';

/** At once on a synchronous backend, as a promise on an asynchronous one. */
export type OnBackend<B extends Backend, T> = [B] extends [SyncBackend]
  ? T
  : [B] extends [AsyncBackend]
    ? Promise<T>
    : T | Promise<T>;

/** What a memoized call answers: on an asynchronous backend always a promise. */
export type Result<F extends AnyFunction, B extends Backend> = [B] extends [SyncBackend]
  ? ReturnType<F>
  : [B] extends [AsyncBackend]
    ? Promise<Awaited<ReturnType<F>>>
    : ReturnType<F> | Promise<Awaited<ReturnType<F>>>;

/** What a memoized function can do beside being called. All take the arguments of a call. */
export interface Controls<F extends AnyFunction, B extends Backend = SyncBackend> {
  /**
   * Forgets what is stored for these arguments, and keeps a computation under way from storing. Of a
   * function that is kept apart per object, without the object: for all objects.
   *
   * Answers `true` when the backend has confirmed it; `false` when it could not (an `error` event).
   */
  invalidate(...args: Parameters<F>): OnBackend<B, boolean>;
  /** Computes now, replaces what is stored, and answers the value. Throws what the function throws. */
  refresh(...args: Parameters<F>): Result<F, B>;
  /** What a call would find, without computing: `undefined` if nothing fresh is stored. */
  peek(...args: Parameters<F>): OnBackend<B, Peeked<Awaited<ReturnType<F>>> | undefined>;
  /**
   * Stores a value for these arguments as if it had been computed; for an asynchronous function it may
   * be a promise. Answers whether the backend has taken it.
   */
  prime(
    args: Parameters<F>,
    value: ReturnType<F>,
  ): ReturnType<F> extends PromiseLike<unknown> ? Promise<boolean> : OnBackend<B, boolean>;
  /** The key of these arguments, before the backend fits it to its limits. */
  keyFor(...args: Parameters<F>): string;
  /**
   * Forgets everything that the function has stored. Throws an `OptionError` on a shared backend,
   * whose keys belong to everybody: change `version`, or the text of the `key`, there.
   */
  clear(): OnBackend<B, boolean>;
  /** How often each type of event has happened. */
  stats(): Stats;
  /** The function itself, without the cache. */
  readonly original: F;
}

/**
 * The controls of a memoized function or a decorated method, typed by it: `cacheOf(repo.find, repo)`.
 * The object says whose entries are meant; without it, in process, `invalidate` and `clear` work for all
 * objects, and what cannot do without rejects with a `KeyError`. Everything but `keyFor`, `stats` and
 * `original` answers with a promise, since the type of a method does not show its backend.
 * Throws an `OptionError` for any other function.
 */
export function cacheOf<F extends AnyFunction>(
  method: F,
  object?: object,
): Controls<F, AsyncBackend> {
  const control = controlOf(method);
  if (control === undefined) {
    throw new OptionError(
      'cacheOf: this function is not memoized; write cacheOf(object.method, object), with a method ' +
        'that has @cached on it',
    );
  }
  return controls(control, object, asPromise);
}
