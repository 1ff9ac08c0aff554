import { then, type MaybePromise } from '../platform/maybe-promise.js';
import type { Context } from './context.js';

/** Deletes a key. Returns whether the backend has confirmed it; if not, the delete is tried again later. */
export function deleteStored(key: string, context: Context): MaybePromise<boolean> {
  const { backend, events, unconfirmedDeletes, inProgress } = context;
  const pending = unconfirmedDeletes.pending(key);
  return then(backend.delete(key), (confirmed) => {
    if (confirmed) {
      unconfirmedDeletes.confirm(key, pending);
      return true;
    }
    const attempt = (): MaybePromise<boolean> =>
      backend.isDown(key)
        ? false
        : then(backend.delete(key), (done) => {
            if (done) events.emit(key, { type: 'confirm' });
            return done;
          });
    unconfirmedDeletes.add(key, { attempt, inProgress });
    return false;
  });
}
