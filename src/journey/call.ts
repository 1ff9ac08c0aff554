import type { Events } from '../events.js';
import { findSignal } from '../flight/abort-signal.js';
import type { Signal } from '../flight/single-flight.js';

/** One call, once it is more than a hit. */
export interface Call {
  readonly key: string;
  readonly self: unknown;
  readonly args: readonly unknown[];
  readonly signal: Signal | undefined;
  /** Its place among the calls and computations of this process. */
  readonly order: number;
  /** How often it has begun anew. */
  attempts: number;
  /** Whether its signal has ended it, and it was told so. */
  aborted: boolean;
  /** Since when it waits for another process. */
  waitingSince: number | undefined;
}

let last = 0;

/** A place after all that were given before. */
export function nextOrder(): number {
  return (last += 1);
}

export function newCall(key: string, self: unknown, args: readonly unknown[]): Call {
  return {
    key,
    self,
    args,
    signal: findSignal(args),
    order: nextOrder(),
    attempts: 0,
    aborted: false,
    waitingSince: undefined,
  };
}

/** Tells, once, that a call's own signal has ended it. */
export function reportAbort(call: Call, events: Events): void {
  if (!call.aborted) events.emit(call.key, { type: 'abort' });
  call.aborted = true;
}
