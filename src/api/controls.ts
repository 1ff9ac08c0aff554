import type { AsyncBackend, Backend, SyncBackend } from '../backend.js';
import type { Peeked } from '../entry.js';
import { OptionError } from '../errors.js';
import type { Stats } from '../events.js';
import { describeValue } from '../platform/describe-value.js';
import { asPromise } from '../platform/maybe-promise.js';
import { controlOf, controls } from './function-control.js';
import type { AnyFunction } from './function-kind.js';
import { methodsOf } from './method-class.js';

/** Result of a control: `T` on a synchronous backend, a promise of it on an asynchronous one. */
export type OnBackend<B extends Backend, T> = [B] extends [SyncBackend]
  ? T
  : [B] extends [AsyncBackend]
    ? Promise<T>
    : T | Promise<T>;

/** Result of a memoized call: that of the function, and on an asynchronous backend always a promise. */
export type Result<F extends AnyFunction, B extends Backend> = [B] extends [SyncBackend]
  ? ReturnType<F>
  : [B] extends [AsyncBackend]
    ? Promise<Awaited<ReturnType<F>>>
    : ReturnType<F> | Promise<Awaited<ReturnType<F>>>;

/**
 * Operations on the cached values of one function. A memoized function has them as properties; those of a
 * decorated method come from `cacheOf`.
 *
 * They take the arguments of a call, and throw a `KeyError` if these have no key. A control that returns a
 * promise rejects instead of throwing. A fault of the backend is never thrown: it emits an `error` event.
 */
export interface Controls<F extends AnyFunction, B extends Backend = SyncBackend> {
  /**
   * Deletes the value for these arguments, and keeps computations under way from being stored or shared
   * with later calls. If the function has separate entries for each object and no object is given, the
   * entries of all objects are deleted.
   *
   * Returns `true` if the backend has confirmed it: no later call, in any process, gets a value whose
   * computation began before (behind a tier, other processes may for its `ttl`). Returns `false` if it has
   * not: this process then serves nothing under the key, and tries again while it lives. It remembers the
   * last 10,000 such keys.
   *
   * @throws KeyError for arguments without a key, or without the object that the key depends on
   * @example
   * await controls.invalidate(4); //=> true
   */
  invalidate(...args: Parameters<F>): OnBackend<B, boolean>;
  /**
   * Computes now, replaces the stored value, and returns the new one. Calls made meanwhile share it. If the
   * function fails, its error is thrown and the stored value stays.
   *
   * @throws KeyError for arguments without a key, or without the object that the key depends on
   * @example
   * await controls.refresh(4); //=> 8
   */
  refresh(...args: Parameters<F>): Result<F, B>;
  /**
   * Returns the fresh value that a call would find, and the time until which it is fresh, without computing
   * or counting as a call. Returns `undefined` if nothing fresh is stored, or if the backend fails.
   *
   * @throws KeyError for arguments without a key, or without the object that the key depends on
   * @example
   * (await controls.peek(4))?.value; //=> 8
   */
  peek(...args: Parameters<F>): OnBackend<B, Peeked<Awaited<ReturnType<F>>> | undefined>;
  /**
   * Stores a value for these arguments, an array, as if the function had computed it. For an asynchronous
   * function the value may be a promise, which calls share until it settles; if it rejects, nothing is
   * stored and `prime` rejects with the same error.
   *
   * Returns `true` if the backend has stored the value, and `false` if it was not stored: `shouldCache` or
   * the ttl declined it, the key was invalidated meanwhile, or the backend failed.
   *
   * @throws KeyError for arguments without a key, or without the object that the key depends on
   * @throws OptionError if the arguments are not an array
   * @example
   * await controls.prime([4], Promise.resolve(8)); //=> true
   */
  prime(
    args: Parameters<F>,
    value: ReturnType<F>,
  ): ReturnType<F> extends PromiseLike<unknown> ? Promise<boolean> : OnBackend<B, boolean>;
  /**
   * Returns the key of these arguments, before the backend fits it to its limits. Never a promise.
   *
   * @throws KeyError for arguments without a key, or without the object that the key depends on
   */
  keyFor(...args: Parameters<F>): string;
  /**
   * Deletes every value of the function, for all objects, and keeps computations under way from being
   * stored. Returns `true` if the backend has confirmed it, and `false` if it has not.
   *
   * @throws OptionError on a shared backend, and on any other that has no `clear`: change `version` there,
   * or the text of the `key`
   * @example
   * await controls.clear(); //=> true
   */
  clear(): OnBackend<B, boolean>;
  /** Returns the number of events of each type since the function was memoized. Never a promise. */
  stats(): Stats;
  /** The function itself, without the cache. */
  readonly original: F;
}

/** Controls of a method. A conditional type, because of which they are known for `this` inside a class. */
type MethodControls<F> = F extends AnyFunction ? Controls<F, AsyncBackend> : never;

/**
 * Returns the controls of a method for an object, or of a static method for a class, typed by the method:
 * `cacheOf(users, 'find')`, and inside the class `cacheOf(this, 'find')`. Finds the decorated method even if
 * a spy or another decorator has replaced it. All controls but `keyFor`, `stats` and `original` return
 * promises, because the type of a method does not show its backend.
 *
 * `cacheOf(users.find, users)` returns the same by the function, for private methods too. Without the object
 * `invalidate` (in process) and `clear` work for all objects, and the other controls reject with a
 * `KeyError`, or throw it in the case of `keyFor`, unless the method has a `key`.
 *
 * @throws OptionError for a function that is not memoized, and for a name that is not that of a memoized method
 * @example
 * class Numbers { @cached({ ttl: '1h' })
 *   async double(n: number) { return 2 * n; }
 * }
 * const numbers = new Numbers();
 * const controls = cacheOf(numbers, 'double'); // a memoized function has them on itself
 * await controls.refresh(4); //=> 8, computed now
 * (await controls.peek(4))?.value; //=> 8, found without computing
 * await controls.invalidate(4); //=> true, forgotten
 */
export function cacheOf<T extends Readonly<Record<K, AnyFunction>>, K extends PropertyKey>(
  object: T,
  method: K & keyof T,
): MethodControls<T[K]>;
export function cacheOf<F extends AnyFunction>(
  method: F,
  object?: object,
): Controls<F, AsyncBackend>;
export function cacheOf(target: unknown, second?: unknown): Controls<AnyFunction, AsyncBackend> {
  if (typeof second === 'string' || typeof second === 'symbol') {
    for (const method of methodsOf(target, second)) {
      const control = controlOf(method as AnyFunction | undefined);
      if (control !== undefined) return controls(control, target, asPromise);
    }
    throw new OptionError(
      `cacheOf: ${String(second)} must be a method with @cached, but ${describeValue(target)} has none of ` +
        'that name',
    );
  }
  const control = controlOf(target as AnyFunction | undefined);
  if (control === undefined) {
    throw new OptionError(
      `cacheOf: the first argument must be a memoized function, but is ${describeTarget(target)}; ` +
        "write cacheOf(object, 'method'), with a method that has @cached",
    );
  }
  return controls(control, second, asPromise);
}

function describeTarget(value: unknown): string {
  return typeof value === 'function' ? 'a function that is not memoized' : describeValue(value);
}
