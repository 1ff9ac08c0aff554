import type { EncodingWalk } from './encoding-walk.js';

const INDEX = /^(?:0|[1-9]\d*)$/;
const ELSEWHERE = 'move it into a plain object';

/**
 * Refuses enumerable properties that are no elements of the first `length`, and answers how many
 * elements there are. Elements come first in the order of properties, so the last one tells.
 */
export function refuseNames(object: object, length: number, walk: EncodingWalk): number {
  const names = Object.keys(object);
  const last = names.at(-1);
  if (last !== undefined && !(INDEX.test(last) && Number(last) < length)) {
    walk.at(last);
    walk.fail(`a property of its own on a builtin object is not part of a key; ${ELSEWHERE}`);
  }
  return names.length;
}

/** Refuses enumerable properties under symbols, and a tag that makes an object look like another. */
export function refuseSymbols(object: object, walk: EncodingWalk): void {
  for (const symbol of Object.getOwnPropertySymbols(object)) {
    if (symbol !== Symbol.toStringTag && !isEnumerable(object, symbol)) continue;
    walk.at({ text: `[${String(symbol)}]` });
    walk.fail(`a property under a symbol is not part of a key; ${ELSEWHERE} under a name`);
  }
}

function isEnumerable(object: object, property: symbol): boolean {
  return Object.prototype.propertyIsEnumerable.call(object, property);
}
