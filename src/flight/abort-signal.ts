import { kindOf } from '../keys/kind.js';
import { isAbortSignal } from '../keys/object.js';
import { isPromise, type MaybePromise } from '../platform/maybe-promise.js';

/** The part of an AbortSignal that is used here. Declared, since not every program has the type. */
export interface Signal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * The caller's AbortSignal: an argument, or a property of one; of several, a signal that stands for them
 * all. Keys leave out the same signals. `asksGetters`: whether the key asks getters too. Otherwise only a
 * getter `signal` is asked.
 */
export function findSignal(args: readonly unknown[], asksGetters: boolean): Signal | undefined {
  let found: Set<Signal> | undefined;
  for (const arg of args) {
    if (typeof arg !== 'object' || arg === null) continue;
    if (isSignal(arg)) (found ??= new Set()).add(arg);
    else
      for (const signal of signalProperties(arg, asksGetters)?.signals ?? [])
        (found ??= new Set()).add(signal);
  }
  if (found === undefined) return undefined;
  const [first] = found;
  return found.size === 1 ? first : new AnySignal([...found]);
}

/** Aborts when the first of several signals does. */
class AnySignal implements Signal {
  constructor(readonly signals: readonly Signal[]) {}

  get aborted(): boolean {
    return this.signals.some(({ aborted }) => aborted);
  }

  get reason(): unknown {
    return this.signals.find(({ aborted }) => aborted)?.reason;
  }

  addEventListener(type: 'abort', listener: () => void): void {
    for (const signal of this.signals) signal.addEventListener(type, listener);
  }

  removeEventListener(type: 'abort', listener: () => void): void {
    for (const signal of this.signals) signal.removeEventListener(type, listener);
  }
}

/** Calls that leave when a signal aborts, by signal. Many share one: a listener each would be slow. */
const waiting = new WeakMap<
  Signal,
  { readonly calls: Set<() => void>; readonly tell: () => void }
>();

/** Calls `leave` when the signal aborts. A signal has one listener, however many calls wait. */
function listen(signal: Signal, leave: () => void): void {
  if (signal instanceof AnySignal) {
    for (const one of signal.signals) listen(one, leave);
    return;
  }
  let group = waiting.get(signal);
  if (group === undefined) {
    const calls = new Set<() => void>();
    const tell = (): void => {
      for (const call of [...calls]) call();
    };
    waiting.set(signal, (group = { calls, tell }));
  }
  if (group.calls.size === 0) signal.addEventListener('abort', group.tell);
  group.calls.add(leave);
}

function stopListening(signal: Signal, leave: () => void): void {
  if (signal instanceof AnySignal) {
    for (const one of signal.signals) stopListening(one, leave);
    return;
  }
  const group = waiting.get(signal);
  if (group?.calls.delete(leave) !== true || group.calls.size > 0) return;
  signal.removeEventListener('abort', group.tell);
  waiting.delete(signal);
}

/** The arguments with another signal in the place of theirs. */
export function replaceSignal(
  args: readonly unknown[],
  signal: Signal,
  asksGetters: boolean,
): readonly unknown[] {
  return args.map((arg) => {
    if (typeof arg !== 'object' || arg === null) return arg;
    if (isSignal(arg)) return signal;
    const found = signalProperties(arg, asksGetters);
    if (found === undefined) return arg;
    return found.fixed ? copyWith(arg, found, signal) : viewWith(arg, found, signal);
  });
}

interface SignalProperties {
  readonly names: string[];
  readonly signals: Signal[];
  /** True if one of the properties cannot be changed. */
  fixed: boolean;
}

/** The properties of an options object that hold signals. */
function signalProperties(arg: object, asksGetters: boolean): SignalProperties | undefined {
  if (!/^(?:Object|null)$/.test(kindOf(arg))) return undefined;
  let found: SignalProperties | undefined;
  for (const name of Object.keys(arg)) {
    const property = Object.getOwnPropertyDescriptor(arg, name);
    if (property === undefined) continue;
    const isGetter = property.get !== undefined;
    const value: unknown =
      isGetter && (asksGetters || name === 'signal') ? ask(arg, name) : property.value;
    if (!isSignal(value)) continue;
    found ??= { names: [], signals: [], fixed: false };
    found.names.push(name);
    found.signals.push(value);
    if (property.writable === false && property.configurable !== true) found.fixed = true;
  }
  return found;
}

function ask(arg: object, name: string): unknown {
  try {
    return Reflect.get(arg, name);
  } catch {
    return undefined; // the function will meet the error itself
  }
}

/** The caller's own object, in which other signals are read. What the function writes, it writes there. */
function viewWith(own: object, { names, signals }: SignalProperties, signal: Signal): object {
  const isReplaced = (target: object, name: PropertyKey, value: unknown): boolean =>
    isSignal(value) &&
    names.includes(name as string) &&
    (signals.includes(value) || Object.getOwnPropertyDescriptor(target, name)?.get !== undefined);
  const view: object = new Proxy(own, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver);
      return isReplaced(target, name, value) ? signal : value;
    },
    set(target, name, value, receiver) {
      // To write back what was read changes nothing.
      if (value === signal && isReplaced(target, name, Reflect.get(target, name))) return true;
      return Reflect.set(target, name, value, receiver === view ? target : receiver);
    },
    getOwnPropertyDescriptor(target, name) {
      const property = Reflect.getOwnPropertyDescriptor(target, name);
      if (property === undefined || !names.includes(name as string)) return property;
      if (isSignal(property.value)) {
        return signals.includes(property.value) ? { ...property, value: signal } : property;
      }
      if (property.get === undefined || property.configurable !== true) return property;
      const { enumerable = false } = property;
      return { value: signal, writable: true, enumerable, configurable: true };
    },
  });
  return view;
}

/** A copy: a property that cannot be changed has to be read as it is, through a Proxy too. */
function copyWith(own: object, { names }: SignalProperties, signal: Signal): object {
  const properties: Record<string, PropertyDescriptor> = Object.getOwnPropertyDescriptors(own);
  for (const name of names) {
    const { enumerable = true, configurable = true, writable = true } = properties[name] ?? {};
    properties[name] = { value: signal, enumerable, configurable, writable };
  }
  return Object.create(Object.getPrototypeOf(own) as object | null, properties) as object;
}

/** Tells whether a rejection says that a signal has aborted, whoever's it is. */
export function isAbortError(error: unknown): boolean {
  try {
    return (error as { name?: unknown } | null | undefined)?.name === 'AbortError';
  } catch {
    return false;
  }
}

/** The promise, unless the signal aborts before it: then a rejection with the signal's reason. */
export function abortable<T>(
  promise: MaybePromise<T>,
  signal: Signal | undefined,
  onAbort: () => void = () => undefined,
): MaybePromise<T> {
  if (signal === undefined || !isPromise(promise)) return promise;
  return new Promise<T>((resolve, reject) => {
    const leave = (): void => {
      stay();
      onAbort();
      reject(signal.reason);
    };
    const stay = (): void => {
      stopListening(signal, leave);
    };
    listen(signal, leave);
    promise.then(
      (value) => {
        stay();
        resolve(value as T);
      },
      (error: unknown) => {
        stay();
        reject(error);
      },
    );
    if (signal.aborted) leave();
  });
}

function isSignal(value: unknown): value is Signal {
  return isAbortSignal(value) && typeof (value as Signal).addEventListener === 'function';
}
