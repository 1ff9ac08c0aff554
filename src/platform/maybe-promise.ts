/** A value now, or a promise of it. */
export type MaybePromise<T> = T | PromiseLike<T>;

/** Whether a value is a promise: anything with a callable `then`. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    (typeof value === 'object' || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

/** Takes note of a promise that nobody will wait for, so that its rejection ends no process. */
export function ignoreRejection(value: unknown): void {
  if (isPromise(value)) value.then(undefined, () => undefined);
}

/** Continue with a value: at once when it is there, later when it is a promise. */
export function then<T, R>(
  value: MaybePromise<T>,
  next: (value: T) => MaybePromise<R>,
): MaybePromise<R> {
  return isPromise(value) ? value.then(next) : next(value);
}

/** Do work, and recover from its failure, whether it throws or rejects. */
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
