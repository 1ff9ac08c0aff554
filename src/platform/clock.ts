// Read once: `timeOrigin` is an accessor, and every call reads the clock.
const { timeOrigin } = performance;

/** A clock that tests give to a cache: `Date`, `performance`, or an object of their own. */
export interface Clock {
  /** Returns milliseconds, since the epoch or any other time. */
  now(): number;
}

/**
 * Returns milliseconds since the epoch by a clock that is never set back, so that a correction of the
 * machine's time neither revives entries nor expires them. To compare times of different processes, use
 * wall time (`toWallTime`).
 */
export function monotonicNow(): number {
  return timeOrigin + performance.now();
}

/** Converts a time of `monotonicNow()` to wall time, both in milliseconds since the epoch. */
export function toWallTime(time: number): number {
  const wall = Date.now(); // read first: after a pause between the readings, the result is early
  return wall + time - monotonicNow();
}

/** Converts wall time to a time of `monotonicNow()`: the inverse of `toWallTime`. */
export function fromWallTime(time: number): number {
  const present = monotonicNow(); // read first, as above
  return present + time - Date.now();
}

/** Lets the process end before the timer, on platforms where a timer keeps the process alive. */
export function unref(timer: unknown): void {
  (timer as { unref?: () => void }).unref?.();
}

/** Takes back `unref`: the timer keeps the process alive. */
export function ref(timer: unknown): void {
  (timer as { ref?: () => void }).ref?.();
}
