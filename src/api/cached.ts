import type { Backend, SyncBackend } from '../backend.js';
import { OptionError } from '../errors.js';
import { checkMemoizable, type AnyFunction } from './function-kind.js';
import { copyMetadata, loadMetadata, returnType } from './reflect-metadata.js';
import type { AnyOptions, MemoizeOptions } from '../options/options.js';
import {
  classPrefixes,
  findOwner,
  classNameOf,
  type Class,
  type MethodSite,
} from './method-class.js';
import { InProgress } from '../flight/in-progress.js';
import { wrap, type CacheScope } from './wrap.js';

/* eslint-disable @typescript-eslint/no-explicit-any -- the type of a standard context asks for it */
type Method = (this: any, ...args: any) => any;
type AsyncMethod = (this: any, ...args: any) => PromiseLike<any>;
/* eslint-enable @typescript-eslint/no-explicit-any */

/** The methods that may be decorated: on a backend that may be asynchronous, asynchronous ones. */
type MethodOn<B extends Backend> = [B] extends [SyncBackend] ? Method : AsyncMethod;

/**
 * A method decorator for both dialects: the standard one calls it with the method and a context, the
 * legacy one with the target, the name and the descriptor. One signature, since overloads lose `this`.
 */
export type MethodDecoratorFor<This, M extends Method> = (
  value: M | This,
  context: ClassMethodDecoratorContext<This, M> | string | symbol,
  descriptor?: TypedPropertyDescriptor<M>,
) => void;

/** `cached`, with the backend of a cache as its default. */
export interface Cached<Default extends Backend = SyncBackend> {
  <This, M extends MethodOn<B>, B extends Backend = Default>(
    options?: MemoizeOptions<This, Parameters<M>, ReturnType<M>> & {
      readonly backend?: B | undefined;
    },
  ): MethodDecoratorFor<This, M>;
  <This, M extends MethodOn<Default>>(
    value: M | This,
    context: ClassMethodDecoratorContext<This, M> | string | symbol,
    descriptor?: TypedPropertyDescriptor<M>,
  ): void;
}

interface Context {
  readonly kind: string; // the types allow methods alone, plain JavaScript everything
  readonly name: string | symbol;
  readonly static: boolean;
  readonly metadata?: object;
  /** Calls back with each new object, or with the class of a static method. */
  readonly addInitializer?: (initializer: (this: unknown) => void) => void;
}

/** `cached` for the methods of one cache. */
export function cachedFor(scope: CacheScope): Cached<Backend> {
  return ((...args: readonly unknown[]): unknown => {
    if (args.length >= 2) return decorate({}, scope, args);
    loadMetadata(); // before the compiler records the types of the methods below
    const options = (args[0] ?? {}) as AnyOptions;
    return (...decorated: readonly unknown[]) => decorate(options, scope, decorated);
  }) as Cached<Backend>;
}

function decorate(options: AnyOptions, scope: CacheScope, args: readonly unknown[]): unknown {
  const [value, context, descriptor] = args;
  return typeof context === 'object' && context !== null
    ? decorateStandard(options, scope, value, context as Context)
    : decorateLegacy(options, scope, value, context as string | symbol, descriptor);
}

function decorateStandard(
  options: AnyOptions,
  scope: CacheScope,
  method: unknown,
  context: Context,
): AnyFunction {
  const { kind, name, static: isStatic, metadata } = context;
  if (kind !== 'method') refuse(`the ${kind} ${String(name)}`);
  checkMemoizable('@cached', method);
  let owner: Class | undefined;
  const site: MethodSite = {
    method: name,
    isStatic,
    owner: (self) => {
      if (self !== undefined) owner ??= findOwner(self, site, metadata, wrapper);
      return owner;
    },
  };
  const wrapper = wrapMethod(method, options, scope, site);
  // So that events name the class from the first call on, whatever the keys are made of.
  context.addInitializer?.(function () {
    site.owner(this);
  });
  return wrapper;
}

function decorateLegacy(
  options: AnyOptions,
  scope: CacheScope,
  target: unknown,
  method: string | symbol,
  descriptor: unknown,
): PropertyDescriptor {
  const property = descriptor as PropertyDescriptor | undefined;
  if (typeof property?.value !== 'function') refuse(`${String(method)}, which is no method`);
  const fn: unknown = property.value;
  checkMemoizable('@cached', fn);
  const isStatic = typeof target === 'function';
  const owner = (isStatic ? target : (target as object).constructor) as Class;
  checkReturnsPromise(options, scope, target as object, method);
  const site: MethodSite = { method, isStatic, owner: () => owner };
  return { ...property, value: wrapMethod(fn, options, scope, site) };
}

function wrapMethod(
  method: AnyFunction,
  options: AnyOptions,
  scope: CacheScope,
  site: MethodSite,
): AnyFunction {
  const { name } = options;
  const label = (self?: unknown): string => {
    const owner = site.owner(self);
    const qualifier = owner === undefined ? '' : classNameOf(owner);
    return name ?? (qualifier === '' ? '' : `${qualifier}.`) + String(site.method);
  };
  const wrapper = wrap(method, options, scope, {
    label,
    prefix: classPrefixes(site, name),
    eager: name !== undefined || site.owner(undefined) !== undefined,
    perInstance: true,
    method: true,
  });
  copyMetadata(method, wrapper);
  return wrapper;
}

/** What the types forbid, for those who are past them: only where the compiler recorded the type. */
function checkReturnsPromise(
  options: AnyOptions,
  scope: CacheScope,
  target: object,
  method: string | symbol,
): void {
  const backend = options.backend ?? scope.defaults.backend;
  if (backend === undefined || backend.sync) return;
  const type = returnType(target, method);
  if (typeof type !== 'function' || type === Object) return;
  if ('then' in ((type as { prototype?: object }).prototype ?? {})) return;
  throw new OptionError(
    `@cached: ${String(method)} answers a ${type.name} at once, and the ${backend.name} backend ` +
      'only later; make the method async, or give it a synchronous backend',
  );
}

function refuse(what: string): never {
  throw new OptionError(`@cached works on methods, not on ${what}; make it a method`);
}

/**
 * Decorates a method with a cache: `@cached`, `@cached()` or `@cached({ ttl, key, … })`, with standard
 * and with legacy decorators. Equal calls share one computation and, while it is fresh, its value.
 *
 * Without a `key` each object has entries of its own in process (and is not kept alive by them), while
 * a shared backend knows only class and method: what the result depends on must be in the arguments or
 * in the `key` there. Controls: `cacheOf(object.method, object)`. Throws an `OptionError` for what is no
 * method, and for options that cannot work.
 *
 * @example
 * class Users {
 *   @cached({ ttl: '5m', key: 'user:{0}' })
 *   async find(id: number): Promise<User> { … }
 * }
 */
export const cached = cachedFor({ defaults: {}, inProgress: new InProgress() }) as Cached;
