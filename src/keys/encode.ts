import { encodeAny, isAbortSignal } from './object.js';
import { encodePrimitive, MAX_TEXT } from './primitive.js';
import { MAX_PARTS, EncodingWalk } from './encoding-walk.js';

/**
 * The text of an argument list, such as `(1,'a',{id:5n})`: readable, in printable ASCII without spaces.
 *
 * Two lists share their text exactly when `util.isDeepStrictEqual` holds for them, after dropping
 * trailing `undefined` and leaving out AbortSignals: as an argument one counts as `undefined`, as a
 * property of a plain object argument it counts as absent. What has no identity to be seen is refused
 * with a KeyError, and so is more than 100 levels, 10 000 parts or 2^20 characters.
 *
 * Knowingly different from `isDeepStrictEqual`:
 * - All invalid Dates are one, and URLs are compared by `href` (not every version of Node does either).
 * - An object of another realm is equal to its like of this one.
 * - Objects that declare an identity, with `cacheKey` or `toJSON`, are equal when their classes have one
 *   name and their identities are equal; what else they hold does not count.
 */
export function encodeArguments(args: readonly unknown[]): string {
  let walk: EncodingWalk | undefined;
  let text = '(';
  let kept = text;
  if (args.length > MAX_PARTS) new EncodingWalk('the arguments').count(args.length);
  for (let index = 0; index < args.length; index++) {
    const value = args[index];
    let argument = encodePrimitive(value);
    if (argument === undefined) {
      walk ??= new EncodingWalk('', args.length);
      walk.root = index;
      argument = encodeArgument(value, walk);
    }
    text += index === 0 ? argument : `,${argument}`;
    if (text.length >= MAX_TEXT) (walk ?? new EncodingWalk(index)).fit(text.length + 1);
    if (argument !== 'undefined') kept = text;
  }
  return `${kept})`;
}

/** The text of one value by the rules of `encodeArguments`; `path` is what messages call the value. */
export function encodeValue(value: unknown, path: string): string {
  const walk = new EncodingWalk(path, 1);
  try {
    const text = encodeAny(value, walk);
    walk.fit(text.length);
    return text;
  } catch (error) {
    throw walk.explain(error);
  }
}

function encodeArgument(value: unknown, walk: EncodingWalk): string {
  try {
    return isAbortSignal(value) ? 'undefined' : encodeAny(value, walk);
  } catch (error) {
    throw walk.explain(error);
  }
}
