import type { AsyncBackend, Backend, SyncBackend } from '../backend.js';
import type { Peeked } from '../entry.js';
import { OptionError, KeyError } from '../errors.js';
import type { Events, Stats } from '../events.js';
import type { AnyFunction } from './function-kind.js';
import type { KeyDerivation } from '../keys/derivation.js';
import { then, type MaybePromise } from '../platform/maybe-promise.js';
import { show } from '../options/checks.js';
import type { Upkeep } from '../journey/control.js';

/** At once on a synchronous backend, as a promise on an asynchronous one. */
export type Answer<B extends Backend, T> = [B] extends [SyncBackend]
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
  invalidate(...args: Parameters<F>): Answer<B, boolean>;
  /** Computes now, replaces what is stored, and answers the value. Throws what the function throws. */
  refresh(...args: Parameters<F>): Result<F, B>;
  /** What a call would find, without computing: `undefined` if nothing fresh is stored. */
  peek(...args: Parameters<F>): Answer<B, Peeked<Awaited<ReturnType<F>>> | undefined>;
  /**
   * Stores a value for these arguments as if it had been computed; for an asynchronous function it may
   * be a promise. Answers whether the backend has taken it.
   */
  prime(
    args: Parameters<F>,
    value: ReturnType<F>,
  ): ReturnType<F> extends PromiseLike<unknown> ? Promise<boolean> : Answer<B, boolean>;
  /** The key of these arguments, before the backend fits it to its limits. */
  keyFor(...args: Parameters<F>): string;
  /**
   * Forgets everything that the function has stored. Throws an `OptionError` on a shared backend,
   * whose keys belong to everybody: change `version`, or the text of the `key`, there.
   */
  clear(): Answer<B, boolean>;
  /** How often each type of event has happened. */
  stats(): Stats;
  /** The function itself, without the cache. */
  readonly original: F;
}

/** What a `Handle` works on. */
export interface Parts {
  readonly original: AnyFunction;
  /** The name in messages. */
  readonly label: () => string;
  readonly upkeep: Upkeep;
  readonly events: Events;
  readonly derivation: KeyDerivation;
  readonly backend: Backend;
  /** Whether derived keys depend on the object, without which most controls make no sense. */
  readonly perObject: boolean;
}

/** The controls of one function, for any object that it may be called on. */
export class Handle {
  constructor(private readonly parts: Parts) {}

  invalidate(self: unknown, args: readonly unknown[]): MaybePromise<boolean> {
    const { upkeep, derivation } = this.parts;
    if (self !== undefined || derivation.allInstances === undefined) {
      return upkeep.invalidate(this.keyFor(self, args));
    }
    const one = upkeep.invalidate(derivation.key(self, args));
    const others = derivation.allInstances(args);
    if (others === undefined) return one;
    return then(one, (first) => then(upkeep.invalidateAll(others), (all) => first && all));
  }

  refresh(self: unknown, args: readonly unknown[]): unknown {
    return this.parts.upkeep.refresh(this.keyFor(self, args), self, args);
  }

  peek(self: unknown, args: readonly unknown[]): MaybePromise<Peeked<unknown> | undefined> {
    return this.parts.upkeep.peek(this.keyFor(self, args));
  }

  prime(self: unknown, args: readonly unknown[], value: unknown): MaybePromise<boolean> {
    if (!Array.isArray(args)) {
      throw new OptionError(
        `${this.parts.label()}: prime: the arguments are ${show(args)}; write them as a list, and the value`,
      );
    }
    return this.parts.upkeep.prime(this.keyFor(self, args), args, value);
  }

  keyFor(self: unknown, args: readonly unknown[]): string {
    const { label, derivation, perObject } = this.parts;
    // A function that was called on objects has entries of theirs, of which this might be meant.
    if (self === undefined && (perObject || derivation.allInstances?.(args) !== undefined)) {
      throw new KeyError(
        `${label()}: the key depends on the object here; say which one is meant: ` +
          'cacheOf(object.method, object)',
      );
    }
    return derivation.key(self, args);
  }

  clear(): MaybePromise<boolean> {
    const { upkeep, backend, label } = this.parts;
    if (backend.shared || backend.clear === undefined) {
      throw new OptionError(
        `${label()}: clear() cannot tell this function's keys on a ${backend.name} backend; ` +
          'invalidate(...) what has changed, or abandon all of it: with another `version`, or with another ' +
          'text in the `key`',
      );
    }
    return upkeep.clear();
  }

  stats(): Stats {
    return this.parts.events.stats();
  }

  get original(): AnyFunction {
    return this.parts.original;
  }
}

// Registered, so that two copies of the library recognise each other's functions.
const HANDLE = Symbol.for('memoaside.handle');

/** Leaves the handle on a function, where `cacheOf` finds it. */
export function installHandle(fn: AnyFunction, handle: Handle): void {
  Object.defineProperty(fn, HANDLE, { value: handle, configurable: true });
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
  const handle = (method as { [HANDLE]?: Handle } | undefined)?.[HANDLE];
  if (handle === undefined) {
    throw new OptionError(
      'cacheOf: this function is not memoized; write cacheOf(object.method, object), with a method ' +
        'that has @cached on it',
    );
  }
  return controls(handle, object, promising);
}

/** The controls of a handle, for calls on `self`; `answer` decides whether they answer at once. */
export function controls<F extends AnyFunction, B extends Backend>(
  handle: Handle,
  self: unknown,
  answer: (work: () => unknown) => unknown,
): Controls<F, B> {
  const untyped: Record<keyof Controls<F, B>, unknown> = {
    invalidate: (...args: unknown[]) => answer(() => handle.invalidate(self, args)),
    refresh: (...args: unknown[]) => answer(() => handle.refresh(self, args)),
    peek: (...args: unknown[]) => answer(() => handle.peek(self, args)),
    prime: (args: unknown[], value: unknown) => answer(() => handle.prime(self, args, value)),
    keyFor: (...args: unknown[]) => handle.keyFor(self, args),
    clear: () => answer(() => handle.clear()),
    stats: () => handle.stats(),
    original: handle.original,
  };
  return untyped as unknown as Controls<F, B>;
}

/** Answers with a promise whatever the work does: throw, answer or promise. */
export function promising(work: () => unknown): Promise<unknown> {
  return promised(work, undefined, []);
}

/** `promising`, for work on arguments: without a closure, since every call of an async function is one. */
export function promised(
  work: (self: unknown, args: readonly unknown[]) => unknown,
  self: unknown,
  args: readonly unknown[],
): Promise<unknown> {
  try {
    return Promise.resolve(work(self, args));
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Answers as the work does. */
export function atOnce(work: () => unknown): unknown {
  return work();
}
