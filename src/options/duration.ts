import { parse } from '@lukeed/ms';
import { mustBe } from './checks.js';

type Unit = 'ms' | 's' | 'm' | 'h' | 'd' | 'w';

/**
 * A length of time: a number of milliseconds, or a string with a unit: `'500ms'`, `'30s'`, `'5m'`,
 * `'1h'`, `'7d'`, `'2w'`. 0 to `Infinity`, fractions included; `Infinity` only as a number.
 */
export type Duration = number | `${number}${Unit}`;

/** Completes "must be" in a message. */
export const A_DURATION = "a duration such as '30s' or 500 (milliseconds)";

/**
 * Converts a duration to milliseconds, 0 to `Infinity`. Throws an `OptionError` for anything else:
 * a negative number, `NaN`, a string without a unit.
 */
export function milliseconds(option: string, duration: unknown): number {
  const time = parseDuration(duration);
  if (time === undefined) throw mustBe(option, A_DURATION, duration);
  return time;
}

/** Limit on the length of a duration string, in characters. */
const LONGEST = 100;

/** Milliseconds of a duration; `undefined` if the value is none. */
export function parseDuration(duration: unknown): number | undefined {
  if (typeof duration === 'number') return duration >= 0 ? duration : undefined; // NaN is not
  // A longer string is no number that anybody writes, and matching one takes time that grows with its square.
  if (typeof duration !== 'string' || duration.length > LONGEST) return undefined;
  if (!/^\d*\.?\d+ *(ms|[smhdw])$/.test(duration)) return undefined;
  // The parser returns `undefined` for zero.
  return parse(duration) ?? 0;
}
