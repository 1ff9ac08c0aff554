import { then, type MaybePromise } from '../platform/maybe-promise.js';
import type { Parts } from './context.js';

/** Deletes a key. Answers whether the backend has confirmed it; if not, it is owed. */
export function forget(
  key: string,
  { backend, events, owed, pending }: Parts,
): MaybePromise<boolean> {
  const pay = (): MaybePromise<boolean> =>
    backend.isDown(key)
      ? false
      : then(backend.delete(key), (confirmed) => {
          if (confirmed) events.emit(key, { type: 'settle' });
          return confirmed;
        });
  return then(backend.delete(key), (confirmed) => {
    if (confirmed) owed.paid(key);
    else owed.owe(key, { pay, pending });
    return confirmed;
  });
}
