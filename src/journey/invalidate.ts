import { then, type MaybePromise } from '../platform/maybe-promise.js';
import type { Context } from './context.js';

/** Deletes a key. Answers whether the backend has confirmed it; if not, it is unconfirmedDeletes. */
export function deleteStored(
  key: string,
  { backend, events, unconfirmedDeletes, inProgress }: Context,
): MaybePromise<boolean> {
  const pay = (): MaybePromise<boolean> =>
    backend.isDown(key)
      ? false
      : then(backend.delete(key), (confirmed) => {
          if (confirmed) events.emit(key, { type: 'confirm' });
          return confirmed;
        });
  return then(backend.delete(key), (confirmed) => {
    if (confirmed) unconfirmedDeletes.confirm(key);
    else unconfirmedDeletes.add(key, { attempt: pay, inProgress });
    return confirmed;
  });
}
