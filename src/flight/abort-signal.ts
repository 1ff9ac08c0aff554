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

/** The caller's AbortSignal: an argument, or a property of one. Keys leave out the same signals. */
export function findSignal(args: readonly unknown[]): Signal | undefined {
  for (const arg of args) {
    if (typeof arg !== 'object' || arg === null) continue;
    if (isSignal(arg)) return arg;
    const [, signal] = signalProperty(arg);
    if (signal !== undefined) return signal;
  }
  return undefined;
}

/** The arguments with another signal in the place of theirs. */
export function replaceSignal(args: readonly unknown[], signal: Signal): readonly unknown[] {
  return args.map((arg) => {
    if (isSignal(arg)) return signal;
    const [name] = signalProperty(arg);
    if (name === undefined) return arg;
    const properties = Object.getOwnPropertyDescriptors(arg);
    for (const property of Object.values(properties))
      if (isSignal(property.value)) property.value = signal;
    return Object.create(Object.getPrototypeOf(arg) as object | null, properties) as unknown;
  });
}

/** The property of an options object that holds a signal. A getter is not asked: that is not for us to do. */
function signalProperty(arg: unknown): [name: string, signal: Signal] | [] {
  if (typeof arg !== 'object' || arg === null || !/^(?:Object|null)$/.test(kindOf(arg))) return [];
  for (const name of Object.keys(arg)) {
    const value: unknown = Object.getOwnPropertyDescriptor(arg, name)?.value;
    if (isSignal(value)) return [name, value];
  }
  return [];
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
      onAbort();
      reject(signal.reason);
    };
    signal.addEventListener('abort', leave, { once: true });
    const stay = (): void => {
      signal.removeEventListener('abort', leave);
    };
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
