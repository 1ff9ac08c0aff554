import { percentEncode } from './percent.js';

/** Limit on the length of the text of a key, in characters. */
export const MAX_KEY_LENGTH = 2 ** 20;

// Printable ASCII except % and ' is not encoded inside quotes.
const UNSAFE = /[^\x21-\x24\x26\x28-\x7e]/;
const UNSAFE_RUNS = /[^\x21-\x24\x26\x28-\x7e]+/gu;

/** Encodes a primitive as text. Returns `undefined` for an object, a function or a symbol. */
export function encodePrimitive(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      return encodeNumber(value);
    case 'bigint':
      return `${value}n`;
    case 'boolean':
      return value ? 'true' : 'false';
    case 'undefined':
      return 'undefined';
    default:
      return value === null ? 'null' : undefined;
  }
}

/** Encodes a number as `String` does, but -0 with its sign. */
export function encodeNumber(value: number): string {
  return value === 0 && 1 / value < 0 ? '-0' : `${value}`;
}

/**
 * Encodes a string between single quotes, in printable ASCII without spaces. A string longer than
 * `MAX_KEY_LENGTH` is returned unchanged: the caller refuses it for its length.
 */
export function quote(text: string): string {
  if (text.length > MAX_KEY_LENGTH) return text;
  return UNSAFE.test(text) ? `'${percentEncode(text, UNSAFE_RUNS)}'` : `'${text}'`;
}
