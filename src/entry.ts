import type { Entry } from './backend.js';
import { monotonicNow, toWallTime } from './platform/clock.js';
import { BackendError } from './errors.js';

/** What `peek` saw: the value, and until when it is fresh (milliseconds since the epoch). */
export interface Peeked<V> {
  readonly value: V;
  readonly freshUntil: number;
}

/** Whether there is an entry, and within its ttl. */
export function isFresh(entry: Entry | undefined): entry is Entry {
  return (
    entry !== undefined && (entry.freshUntil === Infinity || monotonicNow() < entry.freshUntil)
  );
}

/** What `peek` answers for an entry. */
export function peeked(entry: Entry | undefined): Peeked<unknown> | undefined {
  if (!isFresh(entry)) return undefined;
  return { value: entry.value, freshUntil: toWallTime(entry.freshUntil) };
}

/** A hit answers with a promise exactly when the function did. */
export function deliver(entry: Entry): unknown {
  return entry.promised === true ? Promise.resolve(entry.value) : entry.value;
}

/** Backends are the user's too: whatever they answer that is no entry is a fault, not a value. */
export function checkEntry(entry: Entry | null | undefined): Entry | undefined {
  if (entry === undefined || entry === null) return undefined;
  if (typeof entry === 'object' && 'value' in entry && typeof entry.freshUntil === 'number') {
    return entry;
  }
  throw new BackendError('the backend answered something that is no entry');
}
