// Read once: it is an accessor, and this is asked on every call.
const { timeOrigin } = performance;

/**
 * Milliseconds since the epoch, by a clock that is never set back: entries neither revive nor die when
 * the machine's time is corrected. Between processes compare wall time instead (`wallTime`).
 */
export function now(): number {
  return timeOrigin + performance.now();
}

/** The wall time, in milliseconds since the epoch, at which `now()` will read `time`. */
export function wallTime(time: number): number {
  const wall = Date.now(); // read first: if the process is held up between, the time is early, not late
  return wall + time - now();
}

/** What `now()` reads at a wall time: the inverse of `wallTime`. */
export function fromWallTime(time: number): number {
  const present = now(); // read first, as above
  return present + time - Date.now();
}

/** Lets the process end before the timer does, where that is a question. */
export function letGo(timer: unknown): void {
  (timer as { unref?: () => void }).unref?.();
}
