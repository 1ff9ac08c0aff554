import { CodecError } from '../../../errors.js';

/** Digits of the longest integer that is accepted, which takes a quarter of a second to parse. */
export const MAX_DIGITS = 1_000_000;

/** Returns whether an integer has more than `MAX_DIGITS` decimal digits, about. */
export function hasTooManyDigits(integer: bigint): boolean {
  // Writing hexadecimal digits takes linear time, decimal ones more.
  const bits = integer.toString(16).length * 4;
  return bits * Math.log10(2) > MAX_DIGITS;
}

/**
 * Parses a decimal integer: to a number if it is a safe integer, otherwise to a bigint. Ignores trailing
 * spaces, with which memcached's `decr` pads. Throws a `CodecError` for any other string.
 */
export function parseInteger(text: string): number | bigint {
  // Short integers need no bigint. Adding 0 turns -0 into 0.
  if (/^-?\d{1,15} *$/.test(text)) return Number(text) + 0;
  const integer = parseBigint(text);
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : integer;
}

/** Like `parseInteger`, but always returns a bigint. */
export function parseBigint(text: string): bigint {
  const digits = text.trimEnd();
  if (digits.length > MAX_DIGITS + 1)
    throw new CodecError(`cannot be decoded: an integer of more than ${MAX_DIGITS} digits`);
  if (!/^-?\d+ *$/.test(text)) throw new CodecError('cannot be decoded: not a decimal integer');
  return BigInt(digits);
}
