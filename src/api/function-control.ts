import type { Backend } from '../backend.js';
import type { Peeked } from '../entry.js';
import { KeyError, OptionError } from '../errors.js';
import type { Events, Stats } from '../events.js';
import type { EntryControl } from '../journey/control.js';
import type { KeyDerivation } from '../keys/derivation.js';
import { show } from '../options/checks.js';
import { then, type MaybePromise } from '../platform/maybe-promise.js';
import type { Controls } from './controls.js';
import type { AnyFunction } from './function-kind.js';

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
    const { entries, derivation } = this.target;
    if (self !== undefined || derivation.allInstances === undefined) {
      return entries.invalidate(this.keyFor(self, args));
    }
    const own = entries.invalidate(derivation.key(self, args));
    const prefix = derivation.allInstances(args);
    if (prefix === undefined) return own;
    return then(own, (confirmed) =>
      then(entries.invalidateAll(prefix), (allConfirmed) => confirmed && allConfirmed),
    );
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
    const { label, derivation, perInstance } = this.target;
    // A function that was called on objects has entries of theirs, of which this might be meant.
    if (self === undefined && (perInstance || derivation.allInstances?.(args) !== undefined)) {
      throw new KeyError(
        `${label()}: the key depends on the object here; say which one is meant: ` +
          'cacheOf(object.method, object)',
      );
    }
    return derivation.key(self, args);
  }

  clear(): MaybePromise<boolean> {
    const { entries, backend, label } = this.target;
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

/** The control of a function; `undefined` if the function is not memoized. */
export function controlOf(fn: AnyFunction | undefined): FunctionControl | undefined {
  return (fn as { [CONTROL]?: FunctionControl } | undefined)?.[CONTROL];
}

/** The controls of a control, for calls on `self`; `answer` decides whether they answer at once. */
export function controls<F extends AnyFunction, B extends Backend>(
  control: FunctionControl,
  self: unknown,
  run: (work: () => unknown) => unknown,
): Controls<F, B> {
  const untyped: Record<keyof Controls<F, B>, unknown> = {
    invalidate: (...args: unknown[]) => run(() => control.invalidate(self, args)),
    refresh: (...args: unknown[]) => run(() => control.refresh(self, args)),
    peek: (...args: unknown[]) => run(() => control.peek(self, args)),
    prime: (args: unknown[], value: unknown) => run(() => control.prime(self, args, value)),
    keyFor: (...args: unknown[]) => control.keyFor(self, args),
    clear: () => run(() => control.clear()),
    stats: () => control.stats(),
    original: control.original,
  };
  return untyped as unknown as Controls<F, B>;
}
