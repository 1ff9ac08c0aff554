import { monotonicNow, toWallTime, type Clock } from './clock.js';
import { coarseNow } from './coarse-clock.js';

/** The times of one cache. All entries of the cache have times of this clock. */
export interface Time {
  /** Milliseconds. */
  readonly now: () => number;
  /** `now()`, or its value of a moment ago. */
  readonly coarseNow: () => number;
  /** Converts a time to milliseconds since the epoch. */
  readonly toWallTime: (time: number) => number;
}

export const SYSTEM_TIME: Time = { now: monotonicNow, coarseNow, toWallTime };

/** The times of a clock that the user has given. Each reading asks it, since it can advance at any time. */
export function timeBy(clock: Clock): Time {
  const now = (): number => clock.now();
  return { now, coarseNow: now, toWallTime: (time) => time };
}
