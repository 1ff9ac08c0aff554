import type { Backend } from '../backend.js';
import { BackendError } from '../errors.js';
import { isPromise, type MaybePromise } from '../platform/maybe-promise.js';

/** Milliseconds that an operation of a backend without a `deadline` may take. */
const DEADLINE = 1000;

/**
 * Limits the time of each operation of a backend: one that exceeds it rejects with a `BackendError`. Returns
 * the backend itself if it is synchronous or has a `deadline`.
 */
export function withDeadline(backend: Backend): Backend {
  if (backend.sync || backend.deadline !== undefined) return backend;
  const { name } = backend;
  return {
    name,
    sync: false,
    shared: backend.shared,
    deadline: DEADLINE,
    ...(backend.hasListener === true && { hasListener: true }),
    ...(backend.isDown && { isDown: (key: string) => backend.isDown?.(key) === true }),
    get: (key) => race(name, 'get', backend.get(key)),
    set: (key, entry) => race(name, 'set', backend.set(key, entry)),
    delete: (key) => race(name, 'delete', backend.delete(key)),
    ...(backend.clear && {
      clear: (prefix: string) => race(name, 'clear', backend.clear?.(prefix)),
    }),
    ...(backend.close && { close: () => race(name, 'close', backend.close?.()) }),
  };
}

function race<T>(name: string, step: string, work: MaybePromise<T>): MaybePromise<T> {
  if (!isPromise(work)) return work;
  return new Promise<T>((resolve, reject) => {
    // Not unref'd: a caller is waiting, and the process must not end before the call settles.
    const timer = setTimeout(() => {
      reject(new BackendError(`${name}: ${step} did not settle within ${DEADLINE} ms`));
    }, DEADLINE);
    work.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
