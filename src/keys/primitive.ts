import { percentEncode } from './percent.js';

/** What the text of a key may have, in characters: 1 MiB. */
export const MAX_KEY_LENGTH = 2 ** 20;

// Printable ASCII but % and ' stays readable inside a quoted text.
const UNSAFE = /[^\x21-\x24\x26\x28-\x7e]/;
const UNSAFE_RUNS = /[^\x21-\x24\x26\x28-\x7e]+/gu;

/** The text of a primitive; `undefined` for objects, functions and symbols. */
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

/** Decimal as JavaScript writes it, with the sign of -0 that `String` drops. */
export function encodeNumber(value: number): string {
  return value === 0 && 1 / value < 0 ? '-0' : `${value}`;
}

/**
 * A text between single quotes, in printable ASCII without spaces. One that is past the bound of keys
 * comes back as it is: who asked refuses it for its length.
 */
export function quote(text: string): string {
  if (text.length > MAX_KEY_LENGTH) return text;
  return UNSAFE.test(text) ? `'${percentEncode(text, UNSAFE_RUNS)}'` : `'${text}'`;
}
