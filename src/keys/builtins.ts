import { refuseNames, refuseSymbols } from './extra-properties.js';
import type { Kind } from './kind.js';
import { encodeNumber, quote } from './primitive.js';
import type { EncodingWalk } from './encoding-walk.js';

const TypedArray = Object.getPrototypeOf(Uint8Array) as typeof Uint8Array;

const timeOf = intrinsic(Date, 'getTime') as Read<number>;
const isoOf = intrinsic(Date, 'toISOString') as Read<string>;
const sourceOf = intrinsic(RegExp, 'source') as Read<string>;
const flagsOf = intrinsic(RegExp, 'flags') as Read<string>;
const hrefOf = typeof URL === 'function' ? (intrinsic(URL, 'href') as Read<string>) : undefined;
const nameOf = intrinsic(TypedArray, Symbol.toStringTag) as Read<string | undefined>;
const viewOf = slices(TypedArray);
const dataOf = slices(DataView);
const bufferLengthOf = intrinsic(ArrayBuffer, 'byteLength') as Read<number>;

export const mapEntries = intrinsic(Map, 'entries') as Read<MapIterator<[unknown, unknown]>>;
export const setValues = intrinsic(Set, 'values') as Read<SetIterator<unknown>>;

export function encodeDate(value: object, walk: EncodingWalk): string {
  const text = Number.isNaN(timeOf(value)) ? 'NaN' : isoOf(value);
  refuseExtras(value, 0, walk);
  return `Date(${text})`;
}

/** Source, flags, and where the next match of a global expression starts, unless that is 0. */
export function encodeRegExp(value: object, walk: EncodingWalk): string {
  const { lastIndex } = value as RegExp;
  const source = quote(sourceOf(value));
  refuseExtras(value, 0, walk);
  // A hidden property may pretend to be a flag.
  const bare = Object.getOwnPropertyNames(value).length === 1;
  if (!bare || typeof lastIndex !== 'number') throw new TypeError('not as RegExp made it');
  const start = lastIndex === 0 ? '' : `,${encodeNumber(lastIndex)}`;
  return `RegExp(${source},${quote(flagsOf(value))}${start})`;
}

export function encodeURL(value: object, walk: EncodingWalk): string {
  const href = hrefOf?.(value) ?? '';
  refuseExtras(value, 0, walk);
  return `URL(${quote(href)})`;
}

/** The bytes of an ArrayBuffer, a DataView or a typed array. */
export function encodeBytes(value: object, kind: Kind, walk: EncodingWalk): string {
  const bytes = bytesOf(value, kind);
  walk.fit(2 * bytes.length);
  refuseExtras(value, kind === 'ArrayBuffer' || kind === 'DataView' ? 0 : Infinity, walk);
  return `${kind}(${hexOf(bytes)})`;
}

function refuseExtras(value: object, length: number, walk: EncodingWalk): void {
  walk.enter(value);
  refuseNames(value, length, walk);
  refuseSymbols(value, walk);
  walk.leave();
}

function bytesOf(value: object, kind: Kind): Uint8Array {
  if (kind === 'ArrayBuffer') return new Uint8Array(value as ArrayBuffer, 0, bufferLengthOf(value));
  if (kind === 'DataView') return dataOf(value);
  // The prototype can be changed, what is inside cannot.
  if (nameOf(value) !== (kind === 'Buffer' ? 'Uint8Array' : kind)) {
    throw new TypeError(`not a ${kind} inside`);
  }
  return viewOf(value);
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function hexOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte] ?? '';
  return text;
}

type Read<T> = (value: object) => T;

// The prototype's own method or getter: an object may carry another under the same name, and on
// what only pretends to be a Date, or a Map, it throws.
function intrinsic(of: { readonly prototype: object }, name: string | symbol): Read<unknown> {
  type Property = Record<'get' | 'value', ((this: object) => unknown) | undefined>;
  let holder = of.prototype;
  // The Date of a fake clock has inherited it.
  while (!Object.hasOwn(holder, name)) holder = Object.getPrototypeOf(holder) as object;
  const { get, value } = Object.getOwnPropertyDescriptor(holder, name) as Property;
  return (object) => (get ?? value)?.call(object);
}

function slices(view: { readonly prototype: object }): Read<Uint8Array> {
  const buffer = intrinsic(view, 'buffer') as Read<ArrayBuffer>;
  const offset = intrinsic(view, 'byteOffset') as Read<number>;
  const length = intrinsic(view, 'byteLength') as Read<number>;
  return (value) => new Uint8Array(buffer(value), offset(value), length(value));
}
