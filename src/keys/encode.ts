import { ArgumentWalk, MAX_PARTS } from './argument-walk.js';
import { walkArgument, walkValue } from './object.js';
import { encodePrimitive, MAX_KEY_LENGTH } from './primitive.js';
import { printTokens } from './print.js';

/**
 * Encodes an argument list as text, such as `(1,'a',{id:5n})`: readable, in printable ASCII without spaces.
 *
 * Two lists have the same text if and only if `util.isDeepStrictEqual` holds for them without trailing
 * `undefined` and without AbortSignals: an AbortSignal counts as `undefined` if it is an argument, and as
 * absent if it is a property of a plain object argument. Throws a `KeyError` for a value without identity,
 * and a `BoundsError` for more than 100 levels, 10,000 parts or 2^20 characters.
 *
 * Known differences from `isDeepStrictEqual`:
 * - All invalid Dates are equal, and URLs are compared by `href` (in some versions of Node they are not).
 * - An object of another realm equals its counterpart of this one.
 * - Objects that declare an identity, with `cacheKey` or `toJSON`, are equal if the names of their classes
 *   and their identities are equal. Their other properties do not count.
 */
export function encodeArguments(args: readonly unknown[]): string {
  let walk: ArgumentWalk | undefined;
  let text = '(';
  let trimmed = text;
  if (args.length > MAX_PARTS) newWalk('the arguments', 0).countParts(args.length);
  for (let index = 0; index < args.length; index++) {
    const value = args[index];
    let argument = encodePrimitive(value);
    if (argument === undefined) {
      walk ??= newWalk(index, args.length);
      walk.beginArgument(index);
      argument = encodeWith(value, walk, walkArgument);
    }
    text += index === 0 ? argument : `,${argument}`;
    if (text.length >= MAX_KEY_LENGTH) newWalk(index, 0).countCharacters(text.length + 1);
    if (argument !== 'undefined') trimmed = text;
  }
  return `${trimmed})`;
}

/** Encodes one value by the rules of `encodeArguments`. `path` is its name in messages. */
export function encodeValue(value: unknown, path: string): string {
  const text = encodeWith(value, newWalk(path, 1), walkValue);
  if (text.length > MAX_KEY_LENGTH) newWalk(path, 0).countCharacters(text.length);
  return text;
}

function encodeWith(value: unknown, walk: ArgumentWalk, walkInto: typeof walkValue): string {
  try {
    walkInto(value, walk);
    return printTokens(walk.tokens);
  } catch (error) {
    throw walk.toKeyError(error);
  }
}

function newWalk(root: number | string, parts: number): ArgumentWalk {
  const walk = new ArgumentWalk(false);
  walk.begin(root, parts);
  return walk;
}
