import { kindOf } from './key/kind.js';
import { isAbortSignal } from './key/object.js';
import { isPromise, type MaybePromise } from './maybe-promise.js';

/** The caller's AbortSignal: an argument, or a property of one. The same that keys leave out. */
export function signalIn(args: readonly unknown[]): AbortSignal | undefined {
  for (const arg of args) {
    if (isSignal(arg)) return arg;
    if (!isOptions(arg)) continue;
    for (const value of Object.values(arg)) if (isSignal(value)) return value;
  }
  return undefined;
}

/** The arguments with another signal in the place of theirs. */
export function withSignal(args: readonly unknown[], signal: AbortSignal): readonly unknown[] {
  return args.map((arg) => {
    if (isSignal(arg)) return signal;
    if (!isOptions(arg) || !Object.values(arg).some(isSignal)) return arg;
    const options = Object.assign(
      Object.create(Object.getPrototypeOf(arg) as null),
      arg,
    ) as typeof arg;
    for (const [name, value] of Object.entries(arg)) if (isSignal(value)) options[name] = signal;
    return options;
  });
}

/** The promise, unless the signal aborts before it: then a rejection with the signal's reason. */
export function abortable<T>(
  promise: MaybePromise<T>,
  signal: AbortSignal | undefined,
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

function isSignal(value: unknown): value is AbortSignal {
  return isAbortSignal(value);
}

function isOptions(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && /^(?:Object|null)$/.test(kindOf(value));
}
