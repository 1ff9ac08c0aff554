import { builtinOf } from '../platform/builtin-classes.js';
import { encodePrimitive } from './primitive.js';

const LONGEST_TEXT = 60;
const PRIMITIVE = 'pass the primitive instead';
const UNBUILT =
  'pass plain data, give its class a [cacheKey]() or toJSON() method, or set the option `key`';

/** What objects of one `Object.prototype.toString` are called, and what to write instead of one. */
const TAGS: ReadonlyMap<string, readonly [what: string, advice: string]> = new Map([
  ['Promise', ['a promise', 'await it before the call']],
  ['Arguments', ['an arguments object', 'pass an array instead: [...arguments]']],
  ['AbortSignal', ['an AbortSignal in this place', 'make it an argument or a property of one']],
  ['SharedArrayBuffer', ['a SharedArrayBuffer', 'pass a copy of its bytes']],
  ['Generator', ['a generator', 'pass an array of what it yields']],
  ['AsyncGenerator', ['an async generator', 'pass an array of what it yields']],
  ['Array Iterator', ['an iterator', 'pass an array of what it yields']],
  ['Map Iterator', ['an iterator', 'pass an array of what it yields']],
  ['Set Iterator', ['an iterator', 'pass an array of what it yields']],
  ['Error', ['an Error', 'pass its code or its message']],
  ['Number', ['a boxed number', PRIMITIVE]],
  ['String', ['a boxed string', PRIMITIVE]],
  ['Boolean', ['a boxed boolean', PRIMITIVE]],
  ['BigInt', ['a boxed bigint', PRIMITIVE]],
  ['Symbol', ['a boxed symbol', 'pass a string instead']],
]);

/** A value in a few words: `5`, `'text'`, `a function`, `an instance of User`. */
export function describe(value: unknown): string {
  return refusal(value)[0];
}

/** What a value is, in words for a message, and what to write instead of it. */
export function refusal(value: unknown): readonly [what: string, advice: string] {
  const text = encodePrimitive(value);
  if (text !== undefined) {
    const short = text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}...`;
    return [short, 'pass something else'];
  }
  if (typeof value === 'symbol') return ['a symbol', 'pass a string instead'];
  if (typeof value === 'function') {
    return ['a function', 'leave it out of the arguments, or set the option `key`'];
  }
  const object = value as object;
  return TAGS.get(tagOf(object)) ?? refusalOfInstance(object);
}

function refusalOfInstance(value: object): [string, string] {
  const prototype = Object.getPrototypeOf(value) as object | null;
  const builtin = prototype === null ? 'Object' : builtinOf(prototype);
  if (builtin !== undefined || prototype === null) return [ofBuiltin(builtin, value), UNBUILT];
  const name = className(value);
  const parent = builtinAbove(prototype);
  const what =
    name === '' || name === 'Object'
      ? 'an object with a prototype of its own'
      : `an instance of ${name}`;
  return [parent === undefined ? what : `${what}, a subclass of ${parent},`, UNBUILT];
}

function ofBuiltin(builtin: string | undefined, value: object): string {
  const tag = tagOf(value);
  if (tag !== builtin) return `an object tagged ${tag} with the prototype of ${builtin}`;
  return /^[AO]/.test(tag) ? `an ${tag.toLowerCase()}` : `a ${tag}`;
}

function builtinAbove(prototype: object): string | undefined {
  let above = Object.getPrototypeOf(prototype) as object | null;
  while (above !== null) {
    const kind = builtinOf(above);
    if (kind !== undefined) return kind === 'Object' ? undefined : kind;
    above = Object.getPrototypeOf(above) as object | null;
  }
  return undefined;
}

/** The name of the class that an object is an instance of; empty where there is none. */
export function className(value: object): string {
  const prototype = Object.getPrototypeOf(value) as { constructor?: unknown } | null;
  const constructor = prototype?.constructor;
  const name: unknown = typeof constructor === 'function' ? constructor.name : '';
  return typeof name === 'string' ? name : '';
}

/** `Date` of `[object Date]`. */
export function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** The message of whatever was thrown, with a colon before it; empty where there is none. */
export function messageOf(error: unknown): string {
  const message = (error as { message?: unknown } | null | undefined)?.message;
  return typeof message === 'string' ? `: ${message}` : '';
}
