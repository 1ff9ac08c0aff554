/** A value, or a promise of it. */
export type MaybePromise<T> = T | PromiseLike<T>;

/** Returns true for a promise: any value with a callable `then`. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    (typeof value === 'object' || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

/** Calls `next` with a value: at once, or if it is a promise, when it resolves. */
export function then<T, R>(
  value: MaybePromise<T>,
  next: (value: T) => MaybePromise<R>,
): MaybePromise<R> {
  return isPromise(value) ? value.then(next) : next(value);
}

/** Calls `work`. If it throws or rejects, calls `recover` with the error. */
export function rescue<T>(
  work: () => MaybePromise<T>,
  recover: (error: unknown) => MaybePromise<T>,
): MaybePromise<T> {
  try {
    const value = work();
    return isPromise(value) ? value.then(undefined, recover) : value;
  } catch (error) {
    return recover(error);
  }
}

/** Handles the rejection of a promise that no code awaits, so that it does not end the process. */
export function ignoreRejection(value: unknown): void {
  if (isPromise(value)) value.then(undefined, () => undefined);
}

/** Calls `work` and returns a promise of its outcome. Never throws. */
export function asPromise(work: () => unknown): Promise<unknown> {
  return callAsPromise(work, undefined, []);
}

/** Does the same as `asPromise` without a closure, for the calls of asynchronous functions. */
export function callAsPromise(
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

/** Calls `work` and returns its result unchanged. */
export function asReturned(work: () => unknown): unknown {
  return work();
}
