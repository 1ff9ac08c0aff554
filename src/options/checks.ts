import { OptionError } from '../errors.js';
import { describeValue } from '../platform/describe-value.js';
import { ignoreRejection, isPromise } from '../platform/maybe-promise.js';

/**
 * The error for an option with a wrong value. `option` is its name, behind the function it belongs to if
 * that is known: `mustBe('memoize: jitter', 'a number from 0 to 1', 2)`.
 */
export function mustBe(option: string, expected: string, value: unknown): OptionError {
  const quoted = option.replace(/[\w.]+$/, '`$&`');
  return new OptionError(`${quoted} must be ${expected}, but is ${describeValue(value)}`);
}

/** Throws an `OptionError` unless `options` is an object with known names only. */
export function checkOptionNames(where: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new OptionError(
      `${where}: the options must be an object, but are ${describeValue(options)}`,
    );
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new OptionError(
        `${where}: there is no option \`${describeValue(name).slice(1, -1)}\`; the options are ${known.join(', ')}`,
      );
    }
  }
}

/** Throws an `OptionError` unless the value is `undefined` or a non-empty string. */
export function checkText(option: string, value: unknown): void {
  if (value === undefined || (typeof value === 'string' && value !== '')) return;
  throw mustBe(option, 'a non-empty string', value);
}

/** Throws an `OptionError` unless the value is `undefined` or a function. */
export function checkFunction(option: string, value: unknown): void {
  if (value === undefined || typeof value === 'function') return;
  throw mustBe(option, 'a function', value);
}

/** Throws an `OptionError` unless the value is `undefined`, `true` or `false`. */
export function checkFlag(option: string, value: unknown): void {
  if (value === undefined || typeof value === 'boolean') return;
  throw mustBe(option, 'true or false', value);
}

/** The boolean that a callback returned. Throws an `OptionError` if it returned anything else. */
export function checkBoolean(option: string, result: unknown): boolean {
  if (typeof result === 'boolean') return result;
  throw mustReturn(option, 'true or false', result);
}

/** The error for a callback that returned a wrong value. */
export function mustReturn(option: string, expected: string, result: unknown): OptionError {
  ignoreRejection(result);
  const returned = isPromise(result) ? 'a promise' : describeValue(result);
  return new OptionError(`\`${option}\` must return ${expected}, but returned ${returned}`);
}
