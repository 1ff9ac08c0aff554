import {
  encodeBytes,
  encodeDate,
  encodeRegExp,
  encodeURL,
  mapEntries,
  setValues,
} from './builtins.js';
import { className } from './describe.js';
import { refuseNames, refuseSymbols } from './extra-properties.js';
import { cacheKey, identityMethod } from './identity.js';
import { kindOf } from './kind.js';
import { percentEncode } from './percent.js';
import { encodePrimitive } from './primitive.js';
import { shapeOf } from './shape.js';
import type { EncodingWalk } from './encoding-walk.js';

const PLAIN = '[object Object]';
const UNSAFE_IN_CLASS_NAME = /[^\w$.]+/gu;

/** The text of a value; throws a KeyError, or whatever an object throws when it is read. */
export function encodeAny(value: unknown, walk: EncodingWalk): string {
  return (
    encodePrimitive(value) ?? (isObject(value) ? encodeObject(value, walk) : walk.refuse(value))
  );
}

function encodeObject(value: object, walk: EncodingWalk): string {
  const kind = kindOf(value);
  switch (kind) {
    case 'Object':
      return encodePlain(value, '{', walk);
    case 'null':
      return encodePlain(value, 'null{', walk);
    case 'Array':
      return encodeArray(value, walk);
    case 'Map':
      return encodeMap(value, walk);
    case 'Set':
      return encodeSet(value, walk);
    case 'Date':
      return encodeDate(value, walk);
    case 'RegExp':
      return encodeRegExp(value, walk);
    case 'URL':
      return encodeURL(value, walk);
    case 'AbortSignal':
      return walk.refuse(value);
    case 'other':
      return encodeIdentity(value, walk) ?? walk.refuse(value);
    default:
      return encodeBytes(value, kind, walk);
  }
}

function encodePlain(value: object, opening: string, walk: EncodingWalk): string {
  const identity = encodeIdentity(value, walk);
  if (identity !== undefined) return identity;
  if (Object.prototype.toString.call(value) !== PLAIN) return walk.refuse(value);
  walk.enter(value);
  refuseSymbols(value, walk);
  const given = Object.keys(value);
  walk.count(given.length);
  const { names, labels } = shapeOf(given);
  let text = opening;
  let comma = '';
  for (let i = 0; i < names.length; i++) {
    const name = names[i] ?? '';
    walk.at(name);
    const child = (value as Record<string, unknown>)[name];
    if (walk.atRoot && isAbortSignal(child)) continue;
    text += comma + (labels[i] ?? '') + encodeAny(child, walk);
    comma = ',';
    walk.fit(text.length);
  }
  walk.leave();
  return `${text}}`;
}

/** Whether a value is an AbortSignal, which says how long to wait and not what for. */
export function isAbortSignal(value: unknown): boolean {
  return isObject(value) && kindOf(value) === 'AbortSignal';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

// As an array literal is written: a hole is an empty place, and one at the end takes a comma more.
function encodeArray(value: object, walk: EncodingWalk): string {
  if (!Array.isArray(value)) return walk.refuse(value);
  const array = value as readonly unknown[];
  walk.enter(array);
  walk.count(array.length);
  const dense = refuseNames(array, array.length, walk) === array.length;
  refuseSymbols(array, walk);
  let text = '[';
  for (let index = 0; index < array.length; index++) {
    if (index > 0) text += ',';
    walk.at(index);
    if (dense || Object.hasOwn(array, index)) text += encodeAny(array[index], walk);
    else if (index === array.length - 1) text += ',';
    walk.fit(text.length);
  }
  walk.leave();
  return `${text}]`;
}

function encodeMap(value: object, walk: EncodingWalk): string {
  walk.enter(value);
  refuseNames(value, 0, walk);
  refuseSymbols(value, walk);
  const entries: string[] = [];
  let length = 0;
  for (const [key, child] of mapEntries(value)) {
    walk.count(2);
    walk.at({ text: `.keys()[${entries.length}]` });
    const label = encodeAny(key, walk);
    walk.at({ text: `.get(${label})` });
    const entry = `${label}:${encodeAny(child, walk)}`;
    walk.fit((length += entry.length + 1));
    entries.push(entry);
  }
  walk.leave();
  return `Map{${entries.sort().join(',')}}`;
}

function encodeSet(value: object, walk: EncodingWalk): string {
  walk.enter(value);
  refuseNames(value, 0, walk);
  refuseSymbols(value, walk);
  const members: string[] = [];
  let length = 0;
  for (const member of setValues(value)) {
    walk.count(1);
    walk.at({ text: `.values()[${members.length}]` });
    const text = encodeAny(member, walk);
    walk.fit((length += text.length + 1));
    members.push(text);
  }
  walk.leave();
  return `Set{${members.sort().join(',')}}`;
}

// A class name and `<` are the beginning of no other text.
function encodeIdentity(value: object, walk: EncodingWalk): string | undefined {
  const name = identityMethod(value);
  if (name === undefined) return undefined;
  walk.enter(value);
  walk.count(1);
  walk.at({ text: name === cacheKey ? '[cacheKey]()' : '.toJSON()' });
  const declared = (value as Record<typeof name, () => unknown>)[name]();
  if (declared === undefined) walk.fail('returned undefined, which is no identity; return one');
  const identity = encodeAny(declared, walk);
  walk.leave();
  return `${percentEncode(className(value), UNSAFE_IN_CLASS_NAME)}<${identity}>`;
}
