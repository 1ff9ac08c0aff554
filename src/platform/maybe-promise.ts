/** A value now, or a promise of it. */
export type MaybePromise<T> = T | PromiseLike<T>;

/** True for a promise: anything with a callable `then`. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    (typeof value === 'object' || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

/** Continues with a value: at once when it is there, later when it is a promise. */
export function then<T, R>(
  value: MaybePromise<T>,
  next: (value: T) => MaybePromise<R>,
): MaybePromise<R> {
  return isPromise(value) ? value.then(next) : next(value);
}

/** Does work, and recovers from its failure, whether it throws or rejects. */
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

/** Handles the rejection of a promise that nobody waits for, so that it does not end the process. */
export function ignoreRejection(value: unknown): void {
  if (isPromise(value)) value.then(undefined, () => undefined);
}

/** Does work and returns a promise of its result, whether it returns, throws or promises. */
export function asPromise(work: () => unknown): Promise<unknown> {
  return callAsPromise(work, undefined, []);
}

/** `asPromise` for a call: without a closure, since every call of an asynchronous function is one. */
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

/** Does work and returns its result as it is. */
export function asReturned(work: () => unknown): unknown {
  return work();
}
