import type { Backend } from '../backend.js';
import { OptionError } from '../errors.js';
import type { Clock } from '../platform/clock.js';
import { describeValue } from '../platform/describe-value.js';
import { mustBe, mustReturn } from './checks.js';

/** Throws an `OptionError` unless the value is `undefined` or a clock. */
export function checkClock(option: string, clock: unknown): void {
  if (clock === undefined) return;
  const expected = 'an object with now(), which returns milliseconds';
  const isClock = (typeof clock === 'object' && clock !== null) || typeof clock === 'function';
  if (!isClock || typeof Reflect.get(clock, 'now') !== 'function') {
    throw mustBe(option, expected, clock);
  }
  const time: unknown = (clock as Clock).now();
  if (!Number.isFinite(time)) throw mustReturn('clock.now', 'a finite number', time);
}

/**
 * Throws an `OptionError` for a clock on a shared backend: its entries expire by the clocks of other processes
 * and of the server.
 */
export function checkNotShared(where: string, clock: unknown, backend: Backend | undefined): void {
  if (clock === undefined || backend?.shared !== true) return;
  throw new OptionError(
    `${where}: \`clock\` must be left out on the shared backend ${describeValue(backend.name)}, whose ` +
      'entries expire by the clocks of all its processes; test with lru()',
  );
}
