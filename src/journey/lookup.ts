import type { Entry } from '../backend.js';
import { UNANSWERED } from '../resilience/fail-open.js';
import { isPromise, then, type MaybePromise } from '../platform/maybe-promise.js';
import type { Parts } from './context.js';

/** Looks for what is stored. */
export class Lookup {
  constructor(private readonly parts: Parts) {}

  /**
   * Asks the backend, or, while that is down, what this process keeps for itself. Whoever asks while the
   * read has not left the process shares it.
   */
  of(key: string): MaybePromise<Entry | undefined> {
    const { flights, backend, owed } = this.parts;
    if (backend.isDown(key)) return owed.has(key) ? UNANSWERED : backend.getLocal(key);
    if (owed.has(key)) {
      return then(owed.settle(key), (settled) => (settled ? backend.get(key) : UNANSWERED));
    }
    const shared = flights.read(key);
    if (shared !== undefined) return shared;
    const read = backend.get(key);
    if (isPromise(read)) flights.shareRead(key, read);
    return read;
  }
}
