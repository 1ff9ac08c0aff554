import { unref, monotonicNow } from './clock.js';

/** So many readings in a row, each within a millisecond of the one before, make them close together. */
const CLOSE = 16;
/** How many askings may go by one reading at most, should the event loop not turn meanwhile. */
const MOST = 256;
/** Milliseconds. */
const TICK = 16;
const LAST_TICK = 2 ** 30 - 1;

// Where the clock or the timers are faked, no reading is shared: neither need go on by itself. Those that
// were faked when this was loaded are known by the property that the usual fakes have.
const clock = performance;
const native: unknown = Reflect.get(clock, 'now');
const schedule = setTimeout;
const faked = 'clock' in schedule;
const began = monotonicNow();

let last = -Infinity;
let tick = 0;
let close = 0;
/** Those that may still go by the last reading. */
const sharers = new Set<Share>();
let armed = false;

/**
 * One of those that ask for the time again and again: to read a clock costs as much as to look an entry
 * up. Askings that are close together share a reading until the event loop has turned, for about a
 * millisecond; where code keeps it from turning, for up to 256 askings of each.
 */
export class Share {
  /** Askings that may still go by the last reading. */
  #left = 0;

  /** `onCount` hears how many askings there are: those that may be, ahead, and less when they were not. */
  constructor(private readonly onCount?: (askings: number) => void) {}

  /** What `now()` reads or has read a moment ago. */
  now(): number {
    if (!this.takeNext()) this.#read();
    return last;
  }

  /**
   * The tick that `now()` is in. Ticks are small integers, which unlike times are kept where the object is
   * that has them: what a hit looks at is then in one place of the memory.
   */
  tick(): number {
    if (!this.takeNext()) this.#read();
    return tick;
  }

  /** Takes an asking that goes by the last reading, if that is recent enough. */
  takeNext(): boolean {
    if (this.#left === 0 || setTimeout !== schedule || clock.now !== native) return false;
    this.#left -= 1;
    return true;
  }

  /** One asking is not to count. */
  takeBack(): void {
    this.onCount?.(-1);
  }

  /** The last reading is too old. */
  end(): void {
    if (this.#left > 0) this.onCount?.(-this.#left);
    this.#left = 0;
  }

  #read(): void {
    this.end();
    const askings = read(this);
    this.#left = askings - 1;
    this.onCount?.(askings);
  }
}

const common = new Share();

/** What `now()` reads or has read a moment ago, for all who have no share of their own. */
export function coarseNow(): number {
  return common.now();
}

/** The tick of the last reading. */
export function lastTick(): number {
  return tick;
}

/** The tick that a time is in, or an earlier one: whatever is in a tick before it is before the time. */
export function tickOf(time: number): number {
  return Math.max(Math.min((time - began) / TICK, LAST_TICK), -LAST_TICK) | 0;
}

/** The next asking of each share reads the clock, and what they have counted is exact. */
export function endShares(): void {
  for (const sharer of sharers) sharer.end();
  sharers.clear();
}

/** Reads the clock, and answers for how many askings. */
function read(sharer: Share): number {
  const time = monotonicNow();
  close = time - last < 1 ? close + 1 : 0;
  last = time;
  tick = tickOf(time);
  if (close < CLOSE || faked) return 1;
  sharers.add(sharer);
  arm();
  return Math.min(close, MOST);
}

/** One timer of a millisecond, armed anew only while askings are close together. */
function arm(): void {
  if (armed) return;
  armed = true;
  unref(schedule(ended, 1));
}

function ended(): void {
  armed = false;
  endShares();
}
