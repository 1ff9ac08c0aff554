import type { Backend } from '../backend.js';
import type { Peeked } from '../entry.js';
import { KeyError, OptionError } from '../errors.js';
import type { Events, Stats } from '../events.js';
import type { EntryControl } from '../journey/control.js';
import type { KeyDerivation } from '../keys/derivation.js';
import { describeValue } from '../platform/describe-value.js';
import { then, type MaybePromise } from '../platform/maybe-promise.js';
import type { Controls } from './controls.js';
import type { AnyFunction } from './function-kind.js';

/** A memoized function, as its controls see it. */
export interface ControlledFunction {
  readonly original: AnyFunction;
  /** Name in messages. */
  readonly label: () => string;
  readonly entries: EntryControl;
  readonly events: Events;
  readonly derivation: KeyDerivation;
  readonly backend: Backend;
  /** True if keys depend on the object, so that most controls need one. */
  readonly perInstance: boolean;
}

/** The controls of one function, for any object. `self` is `undefined` where no object was given. */
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
        `${this.target.label()}: the first argument of prime must be an array, but is ${describeValue(args)}; ` +
          'write prime([...arguments], value)',
      );
    }
    return this.target.entries.prime(this.keyFor(self, args), args, value);
  }

  keyFor(self: unknown, args: readonly unknown[]): string {
    const { label, derivation, perInstance } = this.target;
    // A function that was called on objects has separate entries for each: one of these may be meant.
    if (self === undefined && (perInstance || derivation.allInstances?.(args) !== undefined)) {
      throw new KeyError(
        `${label()}: the key depends on the object, and none was given; ` +
          'write cacheOf(object.method, object)',
      );
    }
    return derivation.key(self, args);
  }

  clear(): MaybePromise<boolean> {
    const { entries, backend, label } = this.target;
    if (backend.shared || backend.clear === undefined) {
      throw new OptionError(
        `${label()}: clear() cannot find the keys of one function on the ${backend.name} backend; ` +
          'invalidate(...) the entries that have changed, or abandon all of them with another `version`, ' +
          'or with another text in the `key`',
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

// A registered symbol, so that two copies of the library recognise each other's functions.
const CONTROL = Symbol.for('memoaside.control');

/** Puts the control on a function, where `cacheOf` finds it. */
export function installControl(fn: AnyFunction, control: FunctionControl): void {
  Object.defineProperty(fn, CONTROL, { value: control, configurable: true });
}

/** The control of a function; `undefined` if the function is not memoized. */
export function controlOf(fn: AnyFunction | undefined): FunctionControl | undefined {
  return (fn as { [CONTROL]?: FunctionControl } | undefined)?.[CONTROL];
}

/** The public controls for calls on `self`. `run` does their work, and may return a promise of its result. */
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
