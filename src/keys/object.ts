import {
  encodeBytes,
  encodeDate,
  encodeRegExp,
  encodeURL,
  mapEntries,
  refuseExtraNames,
  refuseSymbols,
  setValues,
} from './builtins.js';
import type { ArgumentWalk } from './argument-walk.js';
import { cacheKey, className, identityMethod, ownIdentityMethod } from './identity.js';
import { kindOf, type Kind } from './kind.js';
import { percentEncode } from './percent.js';
import { printTokens } from './print.js';
import { shapeOf } from './shape.js';
import { ABSENT, ARRAY, HOLE, INSTANCE, MAP, NULL_PROTOTYPE, SET, TEXT } from './tokens.js';

const PLAIN_TAG = '[object Object]';
const UNSAFE_IN_CLASS_NAME = /[^\w$.]+/gu;

/**
 * Reads a value into tokens, for keys and for the fast path. For a value without a key it throws a
 * `KeyError`, or in the fast path returns `false`. An error of a getter or a method of the value is thrown
 * unchanged.
 */
export function walkValue(value: unknown, walk: ArgumentWalk): boolean {
  return isObject(value) ? walkKind(value, kindOf(value), walk) : walk.addPrimitive(value);
}

/** Reads an argument. An AbortSignal counts as `undefined`. */
export function walkArgument(value: unknown, walk: ArgumentWalk): boolean {
  if (!isObject(value)) return walk.addPrimitive(value);
  const kind = kindOf(value); // called once: it costs as much as reading several properties
  return kind === 'AbortSignal' ? walk.addPrimitive(undefined) : walkKind(value, kind, walk);
}

/** Reads a property of a plain object. If the object is an argument, an AbortSignal counts as absent. */
function walkProperty(value: unknown, walk: ArgumentWalk): boolean {
  if (!isObject(value)) return walk.addPrimitive(value);
  const kind = kindOf(value);
  if (kind !== 'AbortSignal' || walk.depth > 1) return walkKind(value, kind, walk);
  walk.add(ABSENT);
  return true;
}

function walkKind(value: object, kind: Kind, walk: ArgumentWalk): boolean {
  if (kind === 'Object') return walkPlain(value, false, walk);
  if (kind === 'Array') return walkArray(value, walk);
  if (walk.plain && kind !== 'null') return false;
  switch (kind) {
    case 'null':
      return walkPlain(value, true, walk);
    case 'Map':
      return walkMap(value, walk);
    case 'Set':
      return walkSet(value, walk);
    case 'Date':
      return walkText(encodeDate(value, walk), walk);
    case 'RegExp':
      return walkText(encodeRegExp(value, walk), walk);
    case 'URL':
      return walkText(encodeURL(value, walk), walk);
    case 'AbortSignal':
      return walk.refuse(value);
    case 'other': {
      const method = identityMethod(value);
      return method === undefined ? walk.refuse(value) : walkIdentity(value, method, walk);
    }
    default:
      return walkText(encodeBytes(value, kind, walk), walk);
  }
}

function walkPlain(value: object, hasNullPrototype: boolean, walk: ArgumentWalk): boolean {
  const symbols = Object.getOwnPropertySymbols(value);
  const method = ownIdentityMethod(value, symbols);
  if (method !== undefined) return walkIdentity(value, method, walk);
  if (Object.prototype.toString.call(value) !== PLAIN_TAG) return walk.refuse(value);
  if (!walk.enter(value)) return false;
  if (symbols.length > 0 && !refuseSymbols(value, walk)) return false;
  if (hasNullPrototype) walk.add(NULL_PROTOTYPE);
  const result = walk.plain && !hasNullPrototype ? walkSameShape(value, walk) : undefined;
  if (result !== undefined) return result;
  const names = Object.keys(value);
  if (!walk.countParts(names.length)) return false;
  if (!walk.plain && !countNames(names, walk)) return false;
  const shape = shapeOf(names);
  walk.addShape(shape);
  if (walk.plain && !walk.countCharacters(shape.length)) return false;
  for (const name of names) {
    if (!walk.plain) walk.setStep(name);
    if (!walkProperty((value as Record<string, unknown>)[name], walk)) return false;
  }
  walk.leave();
  return true;
}

/** Counts the characters of the names. */
function countNames(names: readonly string[], walk: ArgumentWalk): boolean {
  let characters = 0;
  for (const name of names) characters += name.length;
  return walk.countCharacters(characters);
}

/**
 * Reads a plain object with the same names as the object that an earlier walk has read at this position: the
 * common case. Returns `undefined` and adds no tokens if the names differ. V8 reads the properties of a
 * `for in` loop without looking up their names, which saves a third of the time of `walkPlain`.
 */
function walkSameShape(value: object, walk: ArgumentWalk): boolean | undefined {
  const shape = walk.lastShape();
  if (shape === undefined) return undefined;
  const { names } = shape;
  const start = walk.count;
  walk.add(shape);
  let readCount = 0;
  for (const name in value) {
    if (name !== names[readCount]) {
      readCount = -1;
      break;
    }
    readCount += 1;
    if (!walkProperty((value as Record<string, unknown>)[name], walk)) return false;
  }
  if (readCount !== names.length) {
    walk.count = start;
    return undefined;
  }
  walk.leave();
  return walk.countParts(readCount);
}

/** Returns true for an AbortSignal. It limits how long a call waits, and has no part in the result. */
export function isAbortSignal(value: unknown): boolean {
  return isObject(value) && kindOf(value) === 'AbortSignal';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function walkArray(value: object, walk: ArgumentWalk): boolean {
  if (!Array.isArray(value)) return walk.refuse(value);
  const array = value as readonly unknown[];
  const { length } = array;
  if (!walk.enter(array) || !walk.countParts(length)) return false;
  const presentCount = refuseExtraNames(array, length, walk);
  if (presentCount === undefined || !refuseSymbols(array, walk)) return false;
  walk.add(ARRAY);
  walk.add(length);
  for (let index = 0; index < length; index++) {
    if (!walk.plain) walk.setStep(index);
    if (presentCount === length || Object.hasOwn(array, index)) {
      if (!walkValue(array[index], walk)) return false;
    } else walk.add(HOLE);
  }
  walk.leave();
  return true;
}

function walkMap(value: object, walk: ArgumentWalk): boolean {
  walk.enter(value);
  refuseExtraNames(value, 0, walk);
  refuseSymbols(value, walk);
  walk.add(MAP);
  const sizeIndex = walk.count;
  walk.add(0);
  let size = 0;
  for (const [key, child] of mapEntries(value)) {
    walk.countParts(2);
    walk.setStep({ text: `.keys()[${size}]` });
    const keyIndex = walk.count;
    walkValue(key, walk);
    walk.setStep({
      get text() {
        return `.get(${printTokens(walk.tokens, keyIndex)})`;
      },
    });
    walkValue(child, walk);
    size += 1;
  }
  walk.tokens[sizeIndex] = size;
  walk.leave();
  return true;
}

function walkSet(value: object, walk: ArgumentWalk): boolean {
  walk.enter(value);
  refuseExtraNames(value, 0, walk);
  refuseSymbols(value, walk);
  walk.add(SET);
  const sizeIndex = walk.count;
  walk.add(0);
  let size = 0;
  for (const member of setValues(value)) {
    walk.countParts(1);
    walk.setStep({ text: `.values()[${size}]` });
    walkValue(member, walk);
    size += 1;
  }
  walk.tokens[sizeIndex] = size;
  walk.leave();
  return true;
}

function walkText(text: string, walk: ArgumentWalk): boolean {
  walk.add(TEXT);
  walk.add(text);
  return walk.countCharacters(text.length);
}

// No other text begins with a class name and `<`.
function walkIdentity(
  value: object,
  method: typeof cacheKey | 'toJSON',
  walk: ArgumentWalk,
): boolean {
  if (walk.plain) return false;
  walk.enter(value);
  walk.countParts(1);
  walk.setStep({ text: method === cacheKey ? '[cacheKey]()' : '.toJSON()' });
  const declared = (value as Record<typeof method, () => unknown>)[method]();
  if (declared === undefined) walk.fail('must return an identity, but returned undefined');
  walk.add(INSTANCE);
  walk.add(percentEncode(className(value), UNSAFE_IN_CLASS_NAME));
  walkValue(declared, walk);
  walk.leave();
  return true;
}
