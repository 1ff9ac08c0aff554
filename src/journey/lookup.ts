import type { Entry } from '../backend.js';
import { LOOKUP_FAILED } from '../resilience/fail-open.js';
import { isPromise, then, type MaybePromise } from '../platform/maybe-promise.js';
import type { Context } from './context.js';

/** Looks for what is stored. */
export class Lookup {
  constructor(private readonly context: Context) {}

  /**
   * Asks the backend, or, while that is down, what this process keeps for itself. Whoever asks while the
   * read has not left the process shares it.
   */
  of(key: string): MaybePromise<Entry | undefined> {
    const { flights, backend, unconfirmedDeletes } = this.context;
    if (backend.isDown(key))
      return unconfirmedDeletes.has(key) ? LOOKUP_FAILED : backend.getWhileDown(key);
    if (unconfirmedDeletes.has(key)) {
      return then(unconfirmedDeletes.retry(key), (settled) =>
        settled ? backend.get(key) : LOOKUP_FAILED,
      );
    }
    const shared = flights.read(key);
    if (shared !== undefined) return shared;
    const read = backend.get(key);
    if (isPromise(read)) flights.shareRead(key, read);
    return read;
  }
}
