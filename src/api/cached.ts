import type { Backend, SyncBackend } from '../backend.js';
import { OptionError } from '../errors.js';
import { checkMemoizable, type AnyFunction } from './function-kind.js';
import { copyMetadata, loadMetadata, returnType } from './reflect-metadata.js';
import type { AnyOptions, MemoizeOptions } from '../options/options.js';
import {
  classPrefixes,
  findOwner,
  classNameOf,
  recordMethod,
  type Class,
  type MethodSite,
} from './method-class.js';
import { InProgress } from '../flight/in-progress.js';
import { wrap, type CacheScope } from './wrap.js';

/* eslint-disable @typescript-eslint/no-explicit-any -- the type of a standard context requires it */
/** Result of a method that is cached on an asynchronous backend: a promise. The compiler's errors say the name. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- for the name
export interface PromiseOnAsynchronousBackend extends PromiseLike<any> {}

type Method = (this: any, ...args: any) => any;
type AsyncMethod = (this: any, ...args: any) => PromiseOnAsynchronousBackend;
/* eslint-enable @typescript-eslint/no-explicit-any */

/** Methods that may be decorated: only asynchronous ones, unless the backend is synchronous. */
type MethodOn<B extends Backend> = [B] extends [SyncBackend] ? Method : AsyncMethod;

/**
 * What `cached` returns: a decorator of methods of type `M`, in objects or classes of type `This`. It serves
 * standard decorators, which are called with the method and a context, and legacy ones, which are called with
 * the target, the name and the descriptor.
 *
 * A function that returns it is a preset, whose callbacks know nothing of the method.
 *
 * @example
 * const Short = (): MethodDecoratorFor => cached({ ttl: '30s' });
 */
// One signature, because overloads lose `this`. The descriptor has no more than `value`: a `set` would keep
// the decorator of any method from decorating one.
export type MethodDecoratorFor<This = unknown, M extends Method = Method> = (
  value: M | This | AnyTarget<This>,
  context: ClassMethodDecoratorContext<This, M> | string | symbol,
  descriptor?: { readonly value?: M },
) => void;

/**
 * Lets the decorator be an argument of a function that takes class, method and property decorators, such as
 * `applyDecorators` of NestJS: TypeScript infers a `This` from all of these, which is a function.
 */
type AnyTarget<This> = [This] extends [CallableFunction] ? object : never;

/** Type of `cached`, with the backend of a cache as its default. */
export interface Cached<Default extends Backend = SyncBackend> {
  /**
   * Returns a decorator that caches a method: `@cached()` or `@cached({ ttl, key, … })`. Equal calls share
   * one computation, and its value while that is fresh. On an asynchronous backend the method must return a
   * promise. `cacheOf` returns the controls of the method.
   *
   * @throws OptionError for an unknown or invalid option; when the class is defined, for anything but a method
   * @example
   * class Users { @cached({ ttl: '5m', key: 'user:{0}' })
   *   async find(id: string): Promise<User> { … }
   * }
   */
  <This, M extends MethodOn<B>, B extends Backend = Default>(
    options?: MemoizeOptions<This, Parameters<M>, ReturnType<M>> & {
      readonly backend?: B | undefined;
    },
  ): MethodDecoratorFor<This, M>;
  /**
   * Caches a method, without options: `@cached`. Equal calls share one computation, and its value while that
   * is fresh. On an asynchronous backend the method must return a promise.
   *
   * @throws OptionError when the class is defined, for anything but a method
   */
  <This, M extends MethodOn<Default>>(
    value: M | This,
    context: ClassMethodDecoratorContext<This, M> | string | symbol,
    descriptor?: { readonly value?: M },
  ): void;
}

/** Context of a standard decorator. */
interface Context {
  readonly kind: string; // TypeScript allows methods only, plain JavaScript everything
  readonly name: string | symbol;
  readonly static: boolean;
  readonly metadata?: object;
  /** Registers a callback for each new object, or for the class of a static method. */
  readonly addInitializer?: (initializer: (this: unknown) => void) => void;
}

/** Makes the `cached` of one cache. */
export function cachedFor(scope: CacheScope): Cached<Backend> {
  return ((...args: readonly unknown[]): unknown => {
    if (args.length >= 2 || typeof args[0] === 'function') return decorate({}, scope, args);
    loadMetadata(); // before the compiled class records the types of its methods
    const options = (args[0] ?? {}) as AnyOptions;
    return (...decorated: readonly unknown[]) => decorate(options, scope, decorated);
  }) as Cached<Backend>;
}

function decorate(options: AnyOptions, scope: CacheScope, args: readonly unknown[]): unknown {
  const [value, context, descriptor] = args;
  if (typeof descriptor === 'number') {
    const owner = context === undefined ? 'the constructor' : String(context as string | symbol);
    refuse(`argument ${descriptor} of ${owner}`, 'parameter');
  }
  if (context === undefined) {
    const name = (value as Class | undefined)?.name ?? '';
    refuse(name === '' ? 'this' : name, 'class');
  }
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
  if (kind !== 'method') refuse(name, kind);
  checkMemoizable('@cached', method);
  let owner: Class | undefined;
  const site: MethodSite = {
    method: name,
    isStatic,
    owner: (self) => {
      if (self !== undefined && owner === undefined) {
        owner = findOwner(self, site, metadata, wrapper);
        if (owner !== undefined) recordMethod(owner, site, wrapper);
      }
      return owner;
    },
  };
  const wrapper = wrapMethod(method, options, scope, site);
  // Finds the class before the first call, so that all events name it, even if the keys do not need it.
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
  const fn: unknown = property?.value;
  if (property === undefined || typeof fn !== 'function') refuse(method, legacyKind(property));
  checkMemoizable('@cached', fn);
  const isStatic = typeof target === 'function';
  const owner = (isStatic ? target : (target as object).constructor) as Class;
  checkReturnsPromise(options, scope, target as object, method);
  const site: MethodSite = { method, isStatic, owner: () => owner };
  // Changed as well as returned: `applyDecorators` of NestJS ignores what decorators return.
  const wrapper = wrapMethod(fn, options, scope, site);
  recordMethod(owner, site, wrapper);
  property.value = wrapper;
  return property;
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

/**
 * Throws an `OptionError` for a synchronous method on an asynchronous backend. The types forbid it too; this
 * is for untyped code, and works only where the compiler has recorded the return type.
 */
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
    `@cached: ${String(method)} must return a promise on the asynchronous ${backend.name} backend, but ` +
      `returns a ${type.name}; make the method async, or use a synchronous backend`,
  );
}

/** The kind of a member that is not a method. A field has no descriptor. */
function legacyKind(property: PropertyDescriptor | undefined): string {
  if (property?.get !== undefined) return 'getter';
  return property?.set === undefined ? 'field' : 'setter';
}

function refuse(name: unknown, kind: string): never {
  const article = kind === 'accessor' ? 'an' : 'a';
  throw new OptionError(
    `@cached can only decorate methods, but ${String(name)} is ${article} ${kind}: make it a method`,
  );
}

/**
 * Decorates a method with a cache: `@cached`, `@cached()` or `@cached({ ttl, key, … })`, with standard
 * or legacy decorators. Equal calls share one computation, and its value while that is fresh.
 *
 * Without a `backend` each method has its own `lru()`, in which each object has separate entries that do not
 * keep it alive. Objects share entries if the method has a `key`, and on a shared backend, which knows only
 * the class and the method: there the arguments or the `key` must contain everything that the result depends
 * on. `cacheOf(object, 'method')` returns the controls.
 *
 * A synchronous method on an asynchronous backend does not compile. A call whose arguments have no key throws
 * a `KeyError`; an async method rejects with it.
 *
 * @throws OptionError when the class is defined, for a class or a member that is not a method, a generator
 * or an invalid option; at the first call on a shared backend, for a class without a usable name
 * @example
 * class Squares { @cached({ ttl: '5m', key: 'sq:{0}' })
 *   async of(n: number): Promise<number> { return n * n; }
 * }
 * const squares = new Squares();
 * await squares.of(12); //=> 144
 * await squares.of(12); //=> 144, from the cache
 */
export const cached = cachedFor({ defaults: {}, inProgress: new InProgress() }) as Cached;
