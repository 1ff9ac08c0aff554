import { FAILED, type Found } from '../entry.js';
import { isPromise, then, type MaybePromise } from '../platform/maybe-promise.js';
import type { Context } from './context.js';

/** The look-up step. */
export class Lookup {
  constructor(private readonly context: Context) {}

  /**
   * Asks the backend or, while it is down, the entries that this process keeps. Concurrent calls share a
   * read that has not left the process yet. Nothing is served under a key whose delete is not confirmed.
   */
  of(key: string): MaybePromise<Found> {
    const { flights, backend, unconfirmedDeletes } = this.context;
    if (backend.isDown(key)) {
      return unconfirmedDeletes.has(key) ? FAILED : backend.getWhileDown(key);
    }
    if (unconfirmedDeletes.has(key)) {
      return then(unconfirmedDeletes.retry(key), (confirmed) =>
        confirmed ? backend.get(key) : FAILED,
      );
    }
    const shared = flights.reads.get(key);
    if (shared !== undefined) return shared;
    const read = backend.get(key);
    if (isPromise(read)) flights.reads.share(key, read);
    return read;
  }
}
