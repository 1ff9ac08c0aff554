import type { Events } from '../events.js';
import { abortable, findSignal, type Signal } from '../flight/abort-signal.js';
import type { Flight } from '../flight/flight.js';

/** State of a call that the first look-up did not answer. */
export interface Call {
  readonly key: string;
  readonly self: unknown;
  readonly args: readonly unknown[];
  readonly signal: Signal | undefined;
  /**
   * Sequence number among the calls and unshared computations of this process. A call may share an unshared
   * computation only if its own number is the smaller one: if the call was made first.
   */
  readonly order: number;
  /** How often the call has started again because others came between. */
  attempts: number;
  /** True once its signal has ended it, and the `abort` event was sent. */
  aborted: boolean;
  /** Time since when it waits for another process; `undefined` while it does not. */
  waitingSince: number | undefined;
}

let last = 0;

/** A sequence number greater than all before. */
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

/** Sends the `abort` event of a call, once. */
export function reportAbort(call: Call, events: Events): void {
  if (!call.aborted) events.emit(call.key, { type: 'abort' });
  call.aborted = true;
}

/** Attaches a call to a flight: the call gets the outcome, and leaves the flight when its signal aborts. */
export function attach(call: Call, flight: Flight, outcome: unknown, events: Events): unknown {
  flight.attachCaller();
  if (call.signal === undefined) return outcome;
  return abortable(outcome, call.signal, () => {
    reportAbort(call, events);
    flight.detachCaller(call.signal?.reason);
  });
}
