import { monotonicNow, unref } from './clock.js';

/** After this many readings, each within a millisecond of the one before, reads share a reading. */
const MIN_CLOSE_READINGS = 16;
/** Limit on the reads that share one reading while the event loop does not turn. */
const MAX_READS = 256;
/** Milliseconds. */
const TICK_LENGTH = 16;
const MAX_TICK = 2 ** 30 - 1;

// If the clock or the timers are faked, no reading is shared: a fake clock can advance at any time, and a
// fake timer may never fire. Fakes that were installed before this file was loaded are recognized by the
// property `clock` of the common fake timers.
const clock = performance;
const nativeNow: unknown = Reflect.get(clock, 'now');
const nativeSetTimeout = setTimeout;
const isFaked = 'clock' in nativeSetTimeout;
const startTime = monotonicNow();

let lastReading = -Infinity;
let lastTick = 0;
/** Number of reads that may still share the last reading. */
let readsLeft = 0;
let closeReadings = 0;
let isTimerSet = false;

/**
 * Coarse clock: returns `monotonicNow()`, or its value of a moment ago. Reading the real clock costs as much
 * as a look-up, so reads that are close together share one reading for about a millisecond, until the event
 * loop turns. While code blocks the event loop, up to 256 reads share one.
 */
export function coarseNow(): number {
  if (readsLeft === 0 || setTimeout !== nativeSetTimeout || clock.now !== nativeNow) readClock();
  else readsLeft -= 1;
  return lastReading;
}

/** Returns the tick of `coarseNow()`: a small integer, which V8 stores inside an object, unlike a time. */
export function coarseTick(): number {
  if (readsLeft === 0 || setTimeout !== nativeSetTimeout || clock.now !== nativeNow) readClock();
  else readsLeft -= 1;
  return lastTick;
}

/** Returns the tick of a time. Any time in an earlier tick is before this time. */
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
    // Set again only while reads are close together.
    isTimerSet = true;
    unref(nativeSetTimeout(endReading, 1));
  }
}

function endReading(): void {
  isTimerSet = false;
  readsLeft = 0;
}
