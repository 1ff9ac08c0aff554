/** Property of the prototype of each class below, with the class's name as its value. */
const CLASS = Symbol.for('memoaside.error');

/**
 * Base class of the errors of memoaside. Recognise an error by its class or by its `code`. An error of a
 * memoized function is never wrapped in one of these.
 */
export class CacheError extends Error {
  override readonly name: string = 'CacheError';
  readonly code: string = 'ERR_CACHE';

  /**
   * True for an error of the same class of another copy of the library too. A program has two copies, for
   * example, if one part of it imports the library and another requires it.
   */
  static override [Symbol.hasInstance](
    this: { readonly prototype: object },
    value: unknown,
  ): boolean {
    const name = classMark(this.prototype);
    if (name === undefined) {
      return Function.prototype[Symbol.hasInstance].call(this as never, value); // a subclass of a user's
    }
    let object = typeof value === 'object' ? value : null;
    while (object !== null && classMark(object) !== name) {
      object = Object.getPrototypeOf(object) as object | null;
    }
    return object !== null;
  }
}

/**
 * An option or a use that cannot work. Thrown where the function or the cache is defined, or by the first
 * use that shows it. For a wrong result of a callback such as `ttl` it is the `error` of an `error` event.
 */
export class OptionError extends CacheError {
  override readonly name = 'OptionError';
  override readonly code = 'ERR_CACHE_OPTION';
}

/**
 * Arguments from which no key can be derived. Thrown by the call or the control before anything is computed;
 * an async function rejects with it.
 */
export class KeyError extends CacheError {
  override readonly name = 'KeyError';
  override readonly code = 'ERR_CACHE_KEY';
}

/**
 * A value that the backend cannot store without changing it, or stored bytes that cannot be decoded. In
 * `error` events only: calls return the value, or compute it.
 */
export class CodecError extends CacheError {
  override readonly name = 'CodecError';
  override readonly code = 'ERR_CACHE_CODEC';
}

/**
 * A computation that took longer than `computeTimeout`. Calls that wait for it reject with it, unless they
 * have a stale value (`staleIfError`).
 */
export class TimeoutError extends CacheError {
  override readonly name = 'TimeoutError';
  override readonly code = 'ERR_CACHE_TIMEOUT';
}

/**
 * A backend that refused or failed an operation, or exceeded its deadline. In `error` events only: the call
 * computes instead.
 */
export class BackendError extends CacheError {
  override readonly name = 'BackendError';
  override readonly code = 'ERR_CACHE_BACKEND';
}

const classes = { CacheError, OptionError, KeyError, CodecError, TimeoutError, BackendError };
for (const [name, { prototype }] of Object.entries(classes)) {
  Object.defineProperty(prototype, CLASS, { value: name });
}

/** Returns the name that the object itself has under `CLASS`; `undefined` if it has none. */
function classMark(object: object): unknown {
  return Object.hasOwn(object, CLASS) ? (object as { [CLASS]: unknown })[CLASS] : undefined;
}
