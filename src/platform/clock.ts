// Read once: it is an accessor, and this is asked on every call.
const { timeOrigin } = performance;

/**
 * Milliseconds since the epoch, by a clock that is never set back: entries neither revive nor die when
 * the machine's time is corrected. Between processes compare wall time instead (`toWallTime`).
 */
export function monotonicNow(): number {
  return timeOrigin + performance.now();
}

/** The wall time, in milliseconds since the epoch, at which `monotonicNow()` will read `time`. */
export function toWallTime(time: number): number {
  const wall = Date.now(); // read first: if the process is held up between, the time is early, not late
  return wall + time - monotonicNow();
}

/** What `monotonicNow()` reads at a wall time: the inverse of `toWallTime`. */
export function fromWallTime(time: number): number {
  const present = monotonicNow(); // read first, as above
  return present + time - Date.now();
}

/** Lets the process end before the timer does, where that is a question. */
export function unref(timer: unknown): void {
  (timer as { unref?: () => void }).unref?.();
}
