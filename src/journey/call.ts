import type { Events } from '../events.js';
import { abortable, findSignal, type Signal } from '../flight/abort-signal.js';
import type { Flight } from '../flight/flight.js';
import type { Settings } from '../options/options.js';

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
  /** True for a call that starts again for all who had joined a flight which ended without an outcome. */
  readonly forJoiners: boolean;
  /** Time since when it waits for another process; `undefined` while it does not. */
  waitingSince: number | undefined;
}

let last = 0;

/** A sequence number greater than all before. */
export function nextOrder(): number {
  return (last += 1);
}

export function newCall(
  key: string,
  self: unknown,
  args: readonly unknown[],
  settings: Settings,
): Call {
  return {
    key,
    self,
    args,
    signal: findSignal(args, asksGetters(settings)),
    order: nextOrder(),
    attempts: 0,
    aborted: false,
    forJoiners: false,
    waitingSince: undefined,
  };
}

/**
 * Joins a flight, as `Flight.join` does. If the signal of the flight's own caller ends it, one call starts
 * again for all who have joined, by `retry`. It aborts when all of them have left.
 */
export function join(
  call: Call,
  flight: Flight,
  retry: (again: Call) => unknown,
): PromiseLike<unknown> | undefined {
  if (flight.kind === 'prime' || call.forJoiners) return flight.join();
  return flight.join(() => {
    const { signal } = flight;
    return retry({ ...call, signal, order: nextOrder(), aborted: false, forJoiners: true });
  });
}

/** Tells whether getters of arguments are asked for signals: if a derived key asks them as well. */
export function asksGetters({ key }: Settings): boolean {
  return key === undefined;
}

/** Sends the `abort` event of a call, once. */
export function reportAbort(call: Call, events: Events): void {
  if (!call.aborted && !call.forJoiners) events.emit(call.key, { type: 'abort' });
  call.aborted = true;
}

/** Attaches a call to a flight: the call gets the outcome, and leaves the flight when its signal aborts. */
export function attach(
  call: Call,
  flight: Flight,
  outcome: unknown,
  events: Events,
  joins = false,
): unknown {
  flight.attachCaller(joins);
  if (call.signal === undefined) return outcome;
  return abortable(outcome, call.signal, () => {
    reportAbort(call, events);
    flight.detachCaller(call.signal?.reason, joins);
  });
}
