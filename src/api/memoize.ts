import type { Backend, SyncBackend } from '../backend.js';
import type { Controls, Result } from './controls.js';
import { OptionError } from '../errors.js';
import { checkMemoizable, usesThis, type AnyFunction } from './function-kind.js';
import type { AnyOptions, MemoizeOptions } from '../options/options.js';
import { isName } from './key-prefix.js';
import { InProgress } from '../flight/in-progress.js';
import { wrap, type CacheScope } from './wrap.js';

/* eslint-disable @typescript-eslint/no-explicit-any -- what stands for any `this`:
   a `this` of `never` would be given to functions that say nothing about theirs. The parameters are
   `never` so that `memoize((x) => x.y)`, of which nothing is known, is an error. */
type Fn = (this: any, ...args: never) => unknown;
type AsyncFn = (this: any, ...args: never) => PromiseLike<unknown>;
/* eslint-enable @typescript-eslint/no-explicit-any */

type OptionsOf<F extends AnyFunction> = MemoizeOptions<
  ThisParameterType<F>,
  Parameters<F>,
  ReturnType<F>
>;

/** The function itself, as far as its callers can see, with controls on it. */
export type Memoized<F extends AnyFunction, B extends Backend = SyncBackend> = F & Controls<F, B>;

/** A synchronous function on a backend that is, or may be, asynchronous. */
export type MemoizedAsync<F extends AnyFunction, B extends Backend> = ((
  this: ThisParameterType<F>,
  ...args: Parameters<F>
) => Result<F, B>) &
  Controls<F, B>;

/** `memoize`, with the backend of a cache as its default. */
export interface Memoize<Default extends Backend = SyncBackend> {
  <F extends Fn, B extends SyncBackend>(
    fn: F,
    options: OptionsOf<F> & { readonly backend: B },
  ): Memoized<F, B>;
  <F extends AsyncFn, B extends Backend = Default>(
    fn: F,
    options?: OptionsOf<F> & { readonly backend?: B | undefined },
  ): Memoized<F, B>;
  <F extends Fn, B extends Backend = Default>(
    fn: F,
    options?: OptionsOf<F> & { readonly backend?: B | undefined },
  ): [B] extends [SyncBackend] ? Memoized<F, B> : MemoizedAsync<F, B>;
}

/** `memoize` for the functions of one cache. */
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
    'memoize: a function without a name has no keys of its own on a shared backend; ' +
      "write { name: '…' }, or a key",
  );
}

/**
 * Wraps a function in a cache: equal calls share one computation and, while it is fresh, its value. The
 * wrapper has the function's type and, for `invalidate` and the like, controls (`Controls`).
 *
 * With no backend it has an in-process `lru()` of its own. A synchronous function stays synchronous,
 * except on an asynchronous backend, where the type says `Promise`. Throws an `OptionError` for options
 * that cannot work; calls throw a `KeyError` for arguments that have no key.
 *
 * @example
 * const square = memoize((n: number) => n * n, { ttl: '5m' });
 * square(12); //=> 144
 * square(12); //=> 144, from the cache
 */
export const memoize = memoizeFor({ defaults: {}, inProgress: new InProgress() }) as Memoize;
