import { CodecError } from '../../../errors.js';

/** Digits of the longest integer that is kept: it takes a quarter of a second to read. */
export const MAX_DIGITS = 1_000_000;

/** Whether an integer has more digits than that. */
export function hasTooManyDigits(integer: bigint): boolean {
  // Hexadecimal takes no time to write.
  const bits = integer.toString(16).length * 4;
  return bits * Math.log10(2) > MAX_DIGITS;
}

/**
 * Reads a decimal integer: a number where it is a safe one, else a bigint. Trailing spaces, with which
 * memcached's own `decr` pads, are passed over. Throws a CodecError at any other text.
 */
export function parseInteger(text: string): number | bigint {
  // The short ones take no bigint; adding 0 makes -0 a plain 0.
  if (/^-?\d{1,15} *$/.test(text)) return Number(text) + 0;
  const integer = parseBigint(text);
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : integer;
}

/** The same, and always a bigint. */
export function parseBigint(text: string): bigint {
  const digits = text.trimEnd();
  if (digits.length > MAX_DIGITS + 1) throw new CodecError('cannot be read: an integer too long');
  if (!/^-?\d+ *$/.test(text)) throw new CodecError('cannot be read: not a decimal integer');
  return BigInt(digits);
}
