import type { Kind } from './kind.js';
import { encodeNumber, quote } from './primitive.js';
import type { ArgumentWalk } from './argument-walk.js';

const TypedArray = Object.getPrototypeOf(Uint8Array) as typeof Uint8Array;

const timeOf = getterOf(Date, 'getTime') as Getter<number>;
const isoOf = getterOf(Date, 'toISOString') as Getter<string>;
const sourceOf = getterOf(RegExp, 'source') as Getter<string>;
const flagsOf = getterOf(RegExp, 'flags') as Getter<string>;
const hrefOf = typeof URL === 'function' ? (getterOf(URL, 'href') as Getter<string>) : undefined;
const arrayNameOf = getterOf(TypedArray, Symbol.toStringTag) as Getter<string | undefined>;
const viewOf = bytesGetterOf(TypedArray);
const dataOf = bytesGetterOf(DataView);
const bufferLengthOf = getterOf(ArrayBuffer, 'byteLength') as Getter<number>;

export const mapEntries = getterOf(Map, 'entries') as Getter<MapIterator<[unknown, unknown]>>;
export const setValues = getterOf(Set, 'values') as Getter<SetIterator<unknown>>;

export function encodeDate(value: object, walk: ArgumentWalk): string {
  const text = Number.isNaN(timeOf(value)) ? 'NaN' : isoOf(value);
  refuseExtraProperties(value, 0, walk);
  return `Date(${text})`;
}

/** Encodes source, flags, and `lastIndex` unless it is 0: there a global expression continues. */
export function encodeRegExp(value: object, walk: ArgumentWalk): string {
  const { lastIndex } = value as RegExp;
  const source = quote(sourceOf(value));
  refuseExtraProperties(value, 0, walk);
  // An own property that is not enumerable can imitate a flag.
  const isUntouched = Object.getOwnPropertyNames(value).length === 1;
  if (!isUntouched || typeof lastIndex !== 'number')
    throw new TypeError('a RegExp with own properties');
  const start = lastIndex === 0 ? '' : `,${encodeNumber(lastIndex)}`;
  return `RegExp(${source},${quote(flagsOf(value))}${start})`;
}

export function encodeURL(value: object, walk: ArgumentWalk): string {
  const href = hrefOf?.(value) ?? '';
  refuseExtraProperties(value, 0, walk);
  return `URL(${quote(href)})`;
}

/** Encodes the bytes of an ArrayBuffer, a DataView or a typed array. */
export function encodeBytes(value: object, kind: Kind, walk: ArgumentWalk): string {
  const bytes = bytesOf(value, kind);
  walk.countCharacters(2 * bytes.length);
  refuseExtraProperties(value, kind === 'ArrayBuffer' || kind === 'DataView' ? 0 : Infinity, walk);
  return `${kind}(${hexOf(bytes)})`;
}

function refuseExtraProperties(value: object, length: number, walk: ArgumentWalk): void {
  walk.enter(value);
  refuseExtraNames(value, length, walk);
  refuseSymbols(value, walk);
  walk.leave();
}

function bytesOf(value: object, kind: Kind): Uint8Array {
  if (kind === 'ArrayBuffer') return new Uint8Array(value as ArrayBuffer, 0, bufferLengthOf(value));
  if (kind === 'DataView') return dataOf(value);
  // A prototype can be replaced; the type of the content cannot.
  if (arrayNameOf(value) !== (kind === 'Buffer' ? 'Uint8Array' : kind)) {
    throw new TypeError(`the content is not that of a ${kind}`);
  }
  return viewOf(value);
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function hexOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte] ?? '';
  return text;
}

type Getter<T> = (value: object) => T;

/**
 * Returns a function that calls the prototype's own method or getter. An object can have another one under
 * the same name. The prototype's own throws on an object that only imitates a Date or a Map.
 */
function getterOf(
  builtinClass: { readonly prototype: object },
  name: string | symbol,
): Getter<unknown> {
  type Property = Record<'get' | 'value', ((this: object) => unknown) | undefined>;
  let holder = builtinClass.prototype;
  // The Date of a fake clock inherits its methods.
  while (!Object.hasOwn(holder, name)) holder = Object.getPrototypeOf(holder) as object;
  const { get, value } = Object.getOwnPropertyDescriptor(holder, name) as Property;
  return (object) => (get ?? value)?.call(object);
}

function bytesGetterOf(viewClass: { readonly prototype: object }): Getter<Uint8Array> {
  const buffer = getterOf(viewClass, 'buffer') as Getter<ArrayBuffer>;
  const offset = getterOf(viewClass, 'byteOffset') as Getter<number>;
  const length = getterOf(viewClass, 'byteLength') as Getter<number>;
  return (value) => new Uint8Array(buffer(value), offset(value), length(value));
}

const INDEX = /^(?:0|[1-9]\d*)$/;
const ADVICE = 'Move it into a plain object';

/**
 * Refuses enumerable properties other than the first `length` elements. Returns the number of elements, or
 * `undefined` after a refusal. Elements come first in the order of properties, so if the last property is an
 * element, all are.
 */
export function refuseExtraNames(
  object: object,
  length: number,
  walk: ArgumentWalk,
): number | undefined {
  const names = Object.keys(object);
  const last = names[names.length - 1];
  if (last === undefined || (last === `${names.length - 1}` && names.length <= length)) {
    return names.length; // the common case: an array without holes
  }
  if (INDEX.test(last) && Number(last) < length) return names.length;
  walk.setStep(last);
  walk.fail(`is a property of a built-in object, and a key does not contain it. ${ADVICE}.`);
  return undefined;
}

/** Refuses enumerable properties under symbols, and a tag, by which an object can imitate another. */
export function refuseSymbols(object: object, walk: ArgumentWalk): boolean {
  const symbols = Object.getOwnPropertySymbols(object);
  if (symbols.length === 0) return true;
  for (const symbol of symbols) {
    if (symbol !== Symbol.toStringTag && !isEnumerable(object, symbol)) continue;
    walk.setStep({ text: `[${String(symbol)}]` });
    return walk.fail(
      `is a property under a symbol, and a key does not contain it. ${ADVICE} under a name.`,
    );
  }
  return true;
}

function isEnumerable(object: object, property: symbol): boolean {
  return Object.prototype.propertyIsEnumerable.call(object, property);
}
