import { parse } from '@lukeed/ms';
import { OptionError } from '../errors.js';
import { show } from './checks.js';

type Unit = 'ms' | 's' | 'm' | 'h' | 'd' | 'w';

/** Milliseconds, or a text that names its unit: `'500ms'`, `'30s'`, `'5m'`, `'1h'`, `'7d'`, `'2w'`. */
export type Duration = number | `${number}${Unit}`;

const EXAMPLES = "write milliseconds (500) or a text with a unit: '500ms', '30s', '5m', '1h', '7d'";

/** A duration in milliseconds, 0 to `Infinity`. Throws an `OptionError` for anything else. */
export function milliseconds(option: string, duration: unknown): number {
  if (typeof duration === 'number') {
    if (duration >= 0) return duration; // NaN is not
    throw new OptionError(`${option}: ${duration} is no duration; ${EXAMPLES}`);
  }
  if (typeof duration === 'string' && /^\d*\.?\d+ *(ms|[smhdw])$/.test(duration)) {
    // The parser answers nothing for zero.
    return parse(duration) ?? 0;
  }
  throw new OptionError(`${option}: ${show(duration)} is no duration; ${EXAMPLES}`);
}
