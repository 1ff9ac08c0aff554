/**
 * Tokens: what the walk reads of arguments. Primitives stand for themselves, a `Shape` for a plain object
 * with these names, followed by its values, and the markers below for everything else. Arguments with equal
 * tokens have the same derived key. The converse does not always hold: Maps and Sets are read in the order
 * in which they are given.
 */
export type Token = string | number | bigint | boolean | null | undefined | object;

/** Zero with a minus sign, which `===` and Map take for 0. */
export const MINUS_ZERO = { token: '-0' };
/** Before a shape: an object without a prototype. */
export const NULL_PROTOTYPE = { token: 'null-prototype' };
/** Before a length and as many elements. */
export const ARRAY = { token: 'array' };
/** An element of an array that is not there. */
export const HOLE = { token: 'hole' };
/** An AbortSignal among the properties of an argument: it counts as absent. */
export const ABSENT = { token: 'absent' };
/** Before a count and as many keys and values. */
export const MAP = { token: 'map' };
/** Before a count and as many members. */
export const SET = { token: 'set' };
/** Before the text of a built-in object, such as `Date(2020-01-01T00:00:00.000Z)`. */
export const TEXT = { token: 'text' };
/** Before the name of a class and the identity that an instance declares. */
export const INSTANCE = { token: 'instance' };

/** True if two tokens are the same. By type, since V8 compares what it knows to be strings or numbers faster. */
export function isSameToken(a: Token, b: Token): boolean {
  if (typeof a === 'string') return typeof b === 'string' && a === b;
  if (typeof a !== 'number') return a === b;
  return typeof b === 'number' && (a === b || (Number.isNaN(a) && Number.isNaN(b)));
}
