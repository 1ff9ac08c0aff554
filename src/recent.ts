import { letGo, now } from './clock.js';

/** So many readings in a row, each within a millisecond of the one before, make them close together. */
const CLOSE = 16;
/** How many hits may then go by one reading, should the event loop not turn meanwhile. */
const SHARED = 64;
/** Milliseconds. */
const TICK = 16;
const LAST_TICK = 2 ** 30 - 1;

// Where the clock or the timers are faked, no reading is shared: neither need go on by itself. Those that
// were faked when this was loaded are known by the property that the usual fakes have.
const clock = performance;
const native: unknown = Reflect.get(clock, 'now');
const schedule = setTimeout;
const faked = 'clock' in schedule;
const began = now();

let last = -Infinity;
let tick = 0;
let close = 0;
/** Hits that may still go by the last reading. */
let left = 0;
let armed = false;

/**
 * What `now()` reads or has read a moment ago: to read a clock costs as much as to look an entry up. Where
 * hits are close together they share a reading until the event loop has turned, for about a millisecond.
 * Code that keeps the event loop from turning may hit by a reading that is up to 64 hits old.
 */
export function recentNow(): number {
  look();
  return last;
}

/**
 * The tick that `recentNow()` is in. Ticks are small integers, which unlike times are kept where the
 * object is that has them: what a hit looks at is then in one place of the memory.
 */
export function recentTick(): number {
  look();
  return tick;
}

/** The tick that a time is in, or an earlier one: whatever is in a tick before it is before the time. */
export function tickOf(time: number): number {
  return Math.min(Math.floor((time - began) / TICK), LAST_TICK);
}

/** Takes a share of the last reading, or reads. */
function look(): void {
  if (left > 0 && setTimeout === schedule && clock.now === native) left -= 1;
  else read();
}

function read(): void {
  const time = now();
  close = time - last < 1 ? close + 1 : 0;
  last = time;
  tick = Math.floor((time - began) / TICK);
  left = close < CLOSE || faked ? 0 : SHARED;
  if (left > 0) arm();
}

/** One timer of a millisecond, armed anew only while hits are close together. */
function arm(): void {
  if (armed) return;
  armed = true;
  letGo(schedule(ended, 1));
}

function ended(): void {
  armed = false;
  left = 0;
}
