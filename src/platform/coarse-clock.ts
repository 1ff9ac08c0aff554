import { monotonicNow, unref } from './clock.js';

/** So many readings in a row, each within a millisecond of the one before, make them close together. */
const MIN_CLOSE_READINGS = 16;
/** Bound on the reads that share one reading while the event loop does not turn. */
const MAX_READS = 256;
/** Milliseconds. */
const TICK_LENGTH = 16;
const MAX_TICK = 2 ** 30 - 1;

// Where the clock or the timers are faked no reading is shared: neither need go on by itself. Fakes that
// were there when this file was loaded are known by the property that the usual ones have.
const clock = performance;
const nativeNow: unknown = Reflect.get(clock, 'now');
const nativeSetTimeout = setTimeout;
const isFaked = 'clock' in nativeSetTimeout;
const startTime = monotonicNow();

let lastReading = -Infinity;
let lastTick = 0;
/** Reads that may still share the last reading. */
let readsLeft = 0;
let closeReadings = 0;
let isTimerSet = false;

/**
 * Coarse clock: `monotonicNow()`, or its value of a moment ago. Reading the real clock costs as much as a
 * look-up, so reads that are close together share one reading until the event loop turns, for about a
 * millisecond; while code blocks the event loop, for up to 256 reads.
 */
export function coarseNow(): number {
  if (readsLeft === 0 || setTimeout !== nativeSetTimeout || clock.now !== nativeNow) readClock();
  else readsLeft -= 1;
  return lastReading;
}

/** The tick of `coarseNow()`: a small integer, which unlike a time V8 keeps inside the object that has it. */
export function coarseTick(): number {
  if (readsLeft === 0 || setTimeout !== nativeSetTimeout || clock.now !== nativeNow) readClock();
  else readsLeft -= 1;
  return lastTick;
}

/** The tick of a time: whatever is in an earlier tick is before the time. */
export function tickOf(time: number): number {
  return Math.max(Math.min((time - startTime) / TICK_LENGTH, MAX_TICK), -MAX_TICK) | 0;
}

function readClock(): void {
  const time = monotonicNow();
  closeReadings = time - lastReading < 1 ? closeReadings + 1 : 0;
  lastReading = time;
  lastTick = tickOf(time);
  readsLeft =
    closeReadings < MIN_CLOSE_READINGS || isFaked ? 0 : Math.min(closeReadings, MAX_READS) - 1;
  if (readsLeft > 0 && !isTimerSet) {
    // Armed again only while reads are close together.
    isTimerSet = true;
    unref(nativeSetTimeout(endReading, 1));
  }
}

function endReading(): void {
  isTimerSet = false;
  readsLeft = 0;
}
