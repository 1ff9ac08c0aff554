import { monotonicNow, unref } from './clock.js';

/** So many readings in a row, each within a millisecond of the one before, make them close together. */
const CLOSE = 16;
/** Bound on the reads that share one reading while the event loop does not turn. */
const MAX_READS = 256;
/** Milliseconds. */
const TICK = 16;
const MAX_TICK = 2 ** 30 - 1;

// Where the clock or the timers are faked no reading is shared: neither need go on by itself. Fakes that
// were there when this file was loaded are known by the property that the usual ones have.
const clock = performance;
const native: unknown = Reflect.get(clock, 'now');
const schedule = setTimeout;
const faked = 'clock' in schedule;
const began = monotonicNow();

let last = -Infinity;
let tick = 0;
/** Reads that may still share the last reading. */
let left = 0;
let close = 0;
let armed = false;

/**
 * Coarse clock: `monotonicNow()`, or its value of a moment ago. Reading the real clock costs as much as a
 * look-up, so reads that are close together share one reading until the event loop turns, for about a
 * millisecond; while code blocks the event loop, for up to 256 reads.
 */
export function coarseNow(): number {
  if (left === 0 || setTimeout !== schedule || clock.now !== native) read();
  else left -= 1;
  return last;
}

/** The tick of `coarseNow()`: a small integer, which unlike a time V8 keeps inside the object that has it. */
export function coarseTick(): number {
  if (left === 0 || setTimeout !== schedule || clock.now !== native) read();
  else left -= 1;
  return tick;
}

/** The tick of a time: whatever is in an earlier tick is before the time. */
export function tickOf(time: number): number {
  return Math.max(Math.min((time - began) / TICK, MAX_TICK), -MAX_TICK) | 0;
}

function read(): void {
  const time = monotonicNow();
  close = time - last < 1 ? close + 1 : 0;
  last = time;
  tick = tickOf(time);
  left = close < CLOSE || faked ? 0 : Math.min(close, MAX_READS) - 1;
  if (left > 0 && !armed) {
    // Armed again only while reads are close together.
    armed = true;
    unref(schedule(end, 1));
  }
}

function end(): void {
  armed = false;
  left = 0;
}
