import type { Backend, SyncBackend } from '../backend.js';
import type { Controls, Result } from './controls.js';
import { OptionError } from '../errors.js';
import { checkMemoizable, usesThis, type AnyFunction } from './function-kind.js';
import type { AnyOptions, MemoizeOptions } from '../options/options.js';
import { isName } from './key-prefix.js';
import { InProgress } from '../flight/in-progress.js';
import { wrap, type CacheScope } from './wrap.js';

/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unnecessary-type-parameters -- "any `this`" has no other type:
   with `never`, functions that do not declare a `this` would get one of `never`. */
/**
 * Any function. The second signature says the same; because of it TypeScript takes no types from here for
 * parameters without one. `(n = 1) => n` thus gets its type from the default, and `(n) => n` is an error.
 */
interface Fn {
  (this: any, ...args: never): unknown;
  <_>(this: any, ...args: never): unknown;
}
type AsyncFn = (this: any, ...args: never) => PromiseLike<unknown>;
/* eslint-enable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unnecessary-type-parameters */

type OptionsOf<F extends AnyFunction> = MemoizeOptions<
  ThisParameterType<F>,
  Parameters<F>,
  ReturnType<F>
>;

/** A memoized function: the type of the function, with the controls as properties. */
export type Memoized<F extends AnyFunction, B extends Backend = SyncBackend> = F & Controls<F, B>;

/** A memoized synchronous function on a backend that is, or may be, asynchronous: it returns promises. */
export type MemoizedAsync<F extends AnyFunction, B extends Backend> = ((
  this: ThisParameterType<F>,
  ...args: Parameters<F>
) => Result<F, B>) &
  Controls<F, B>;

/** What `memoize` returns. On every backend a function that returns promises keeps its type. */
type MemoizedOn<F extends Fn, B extends Backend> = [B] extends [SyncBackend]
  ? Memoized<F, B>
  : F extends AsyncFn
    ? Memoized<F, B>
    : MemoizedAsync<F, B>;

/** Type of `memoize`, with the backend of a cache as its default. */
export interface Memoize<Default extends Backend = SyncBackend> {
  /**
   * Returns a function that does the same with a cache: equal calls share one computation, and its value
   * while that is fresh. It has the controls on itself, such as `invalidate` and `refresh`. On an
   * asynchronous backend it returns promises. A call whose arguments have no key throws a `KeyError`.
   *
   * @throws OptionError for anything but a function, for a class or a generator, and for an unknown or invalid
   * option; on a shared backend also for a function without a name, or with one that is in use
   * @example
   * const square = memoize((n: number) => n * n, { ttl: '5m' });
   * square(12); //=> 144
   * square.invalidate(12); //=> true, forgotten
   */
  // Not overloads: TypeScript fixes the types of the parameters of callbacks at the first one it tries.
  <F extends Fn, B extends Backend = Default>(
    fn: F,
    options?: OptionsOf<F> & { readonly backend?: B | undefined },
  ): MemoizedOn<F, B>;
}

/** Makes the `memoize` of one cache. */
export function memoizeFor(scope: CacheScope): Memoize<Backend> {
  return ((fn: AnyFunction, options: AnyOptions = {}) => {
    checkMemoizable('memoize', fn);
    let label: string | undefined;
    return wrap(fn, options, scope, {
      label: () => (label ??= options.name ?? (fn.name || 'anonymous')),
      prefix: () => options.name ?? requireName(fn.name),
      eager: true,
      perInstance: usesThis(fn),
      method: false,
    });
  }) as Memoize<Backend>;
}

function requireName(name: string): string {
  if (isName(name)) return name;
  throw new OptionError(
    'memoize: on a shared backend the keys of a function start with its name, but this one has none; ' +
      "write { name: '…' }, or a `key`",
  );
}

/**
 * Returns a function that does the same with a cache: equal calls share one computation, and its value while
 * that is fresh. It has the name, the length and the properties of the original, and the controls on
 * itself: `invalidate`, `refresh`, `peek` and others, see `Controls`.
 *
 * Without a `backend` it has its own `lru()`. A synchronous function stays synchronous there; on an
 * asynchronous backend its calls return promises, and its type says so. A call whose arguments have no key
 * throws a `KeyError`; an async function rejects with it.
 *
 * @throws OptionError for anything but a function, for a class or a generator, and for an unknown or invalid
 * option; on a shared backend also for a function without a name, or with one that is in use (see `name`)
 * @example
 * const square = memoize((n: number) => n * n, { ttl: '5m' });
 * square(12); //=> 144
 * square(12); //=> 144, from the cache
 */
export const memoize = memoizeFor({ defaults: {}, inProgress: new InProgress() }) as Memoize;
