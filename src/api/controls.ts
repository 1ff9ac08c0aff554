import type { AsyncBackend, Backend, SyncBackend } from '../backend.js';
import type { Peeked } from '../entry.js';
import { OptionError, KeyError } from '../errors.js';
import type { Events, Stats } from '../events.js';
import type { AnyFunction } from './function-kind.js';
import type { KeyDerivation } from '../keys/derivation.js';
import { asPromise, then, type MaybePromise } from '../platform/maybe-promise.js';
import { show } from '../options/checks.js';
import type { EntryControl } from '../journey/control.js';

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

/** What a `Handle` works on. */
export interface ControlledFunction {
  readonly original: AnyFunction;
  /** The name in messages. */
  readonly label: () => string;
  readonly entries: EntryControl;
  readonly events: Events;
  readonly derivation: KeyDerivation;
  readonly backend: Backend;
  /** Whether derived keys depend on the object, without which most controls make no sense. */
  readonly perInstance: boolean;
}

/** The controls of one function, for any object that it may be called on. */
export class FunctionControl {
  constructor(private readonly target: ControlledFunction) {}

  invalidate(self: unknown, args: readonly unknown[]): MaybePromise<boolean> {
    const { entries: entries, derivation } = this.target;
    if (self !== undefined || derivation.allInstances === undefined) {
      return entries.invalidate(this.keyFor(self, args));
    }
    const one = entries.invalidate(derivation.key(self, args));
    const others = derivation.allInstances(args);
    if (others === undefined) return one;
    return then(one, (first) => then(entries.invalidateAll(others), (all) => first && all));
  }

  refresh(self: unknown, args: readonly unknown[]): unknown {
    return this.target.entries.refresh(this.keyFor(self, args), self, args);
  }

  peek(self: unknown, args: readonly unknown[]): MaybePromise<Peeked<unknown> | undefined> {
    return this.target.entries.peek(this.keyFor(self, args));
  }

  prime(self: unknown, args: readonly unknown[], value: unknown): MaybePromise<boolean> {
    if (!Array.isArray(args)) {
      throw new OptionError(
        `${this.target.label()}: prime: the arguments are ${show(args)}; write them as a list, and the value`,
      );
    }
    return this.target.entries.prime(this.keyFor(self, args), args, value);
  }

  keyFor(self: unknown, args: readonly unknown[]): string {
    const { label, derivation, perInstance: perObject } = this.target;
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
    const { entries: entries, backend, label } = this.target;
    if (backend.shared || backend.clear === undefined) {
      throw new OptionError(
        `${label()}: clear() cannot tell this function's keys on a ${backend.name} backend; ` +
          'invalidate(...) what has changed, or abandon all of it: with another `version`, or with another ' +
          'text in the `key`',
      );
    }
    return entries.clear();
  }

  stats(): Stats {
    return this.target.events.stats();
  }

  get original(): AnyFunction {
    return this.target.original;
  }
}

// Registered, so that two copies of the library recognise each other's functions.
const CONTROL = Symbol.for('memoaside.control');

/** Leaves the control on a function, where `cacheOf` finds it. */
export function installControl(fn: AnyFunction, control: FunctionControl): void {
  Object.defineProperty(fn, CONTROL, { value: control, configurable: true });
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
  const control = (method as { [CONTROL]?: FunctionControl } | undefined)?.[CONTROL];
  if (control === undefined) {
    throw new OptionError(
      'cacheOf: this function is not memoized; write cacheOf(object.method, object), with a method ' +
        'that has @cached on it',
    );
  }
  return controls(control, object, asPromise);
}

/** The controls of a control, for calls on `self`; `answer` decides whether they answer at once. */
export function controls<F extends AnyFunction, B extends Backend>(
  control: FunctionControl,
  self: unknown,
  answer: (work: () => unknown) => unknown,
): Controls<F, B> {
  const untyped: Record<keyof Controls<F, B>, unknown> = {
    invalidate: (...args: unknown[]) => answer(() => control.invalidate(self, args)),
    refresh: (...args: unknown[]) => answer(() => control.refresh(self, args)),
    peek: (...args: unknown[]) => answer(() => control.peek(self, args)),
    prime: (args: unknown[], value: unknown) => answer(() => control.prime(self, args, value)),
    keyFor: (...args: unknown[]) => control.keyFor(self, args),
    clear: () => answer(() => control.clear()),
    stats: () => control.stats(),
    original: control.original,
  };
  return untyped as unknown as Controls<F, B>;
}
