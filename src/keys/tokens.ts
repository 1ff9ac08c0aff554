/**
 * Token: unit into which a walk reads arguments. A primitive is its own token. The tokens of a plain object
 * are its `Shape` and those of its values. All other values begin with one of the tokens below. Arguments
 * with equal tokens have the same derived key. The converse does not always hold: Maps and Sets are read in
 * their order of insertion, and printed in sorted order.
 */
export type Token = string | number | bigint | boolean | null | undefined | object;

/** -0, which `===` and Map do not distinguish from 0. */
export const MINUS_ZERO = { token: '-0' };
/** Object without a prototype. Followed by a shape and the values. */
export const NULL_PROTOTYPE = { token: 'null-prototype' };
/** Array. Followed by the length and the elements. */
export const ARRAY = { token: 'array' };
/** Missing element of an array. */
export const HOLE = { token: 'hole' };
/** AbortSignal as a property of an argument: counts as absent. */
export const ABSENT = { token: 'absent' };
/** Map. Followed by the size and the keys, each with its value. */
export const MAP = { token: 'map' };
/** Set. Followed by the size and the members. */
export const SET = { token: 'set' };
/** Other built-in object. Followed by its text, such as `Date(2020-01-01T00:00:00.000Z)`. */
export const TEXT = { token: 'text' };
/** Instance that declares an identity. Followed by the name of its class and the identity. */
export const INSTANCE = { token: 'instance' };

/** Returns true if two tokens are the same. V8 compares faster if it knows the type of both. */
export function isSameToken(a: Token, b: Token): boolean {
  if (typeof a === 'string') return typeof b === 'string' && a === b;
  if (typeof a !== 'number') return a === b;
  return typeof b === 'number' && Object.is(a, b);
}
