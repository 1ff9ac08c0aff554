import { isDeepStrictEqual } from 'node:util';

import { CodecError } from '../../../errors.js';
import { builtinName } from '../../../platform/builtin-classes.js';
import { describeValue } from '../../../platform/describe-value.js';
import { errorParts, isNativeError } from './error-parts.js';
import { hasTooManyDigits, MAX_DIGITS } from './integer.js';

/** Levels to which a value may be nested. */
export const MAX_NESTING = 500;

/**
 * Returns the form in which a value survives a round trip: `'json'` if JSON suffices, otherwise
 * `'devalue'`. Throws a `CodecError` with the path of the first part that survives neither: a function, a
 * symbol, an instance of a class, an accessor, or a property that would be lost.
 */
export function losslessForm(value: unknown): 'json' | 'devalue' {
  const check = new LosslessCheck();
  check.visit(value);
  return check.needsDevalue ? 'devalue' : 'json';
}

/** One step from a value to a part of it, as a message shows it. */
type Access = string | number | symbol | { readonly call: string };
type ViewClass = new (buffer: ArrayBufferLike) => ArrayBufferView;

class LosslessCheck {
  needsDevalue = false;
  readonly #path: Access[] = [];
  readonly #seen = new Set<object>();
  readonly #openErrors = new Set<object>();

  visit(value: unknown): void {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return;
      case 'number':
        if (!Number.isFinite(value) || Object.is(value, -0)) this.needsDevalue = true;
        return;
      case 'bigint':
        if (hasTooManyDigits(value)) this.#refuse(`a bigint of more than ${MAX_DIGITS} digits`);
        this.needsDevalue = true;
        return;
      case 'undefined':
        this.needsDevalue = true;
        return;
      case 'object':
        if (value !== null) this.#visitObject(value);
        return;
      default:
        this.#refuse(describeValue(value));
    }
  }

  #visitObject(value: object): void {
    if (this.#seen.has(value)) {
      this.needsDevalue = true;
      // devalue revives an error after its properties, and would revive this one twice.
      if (this.#openErrors.has(value)) this.#refuse('an error within itself');
      return;
    }
    if (this.#path.length >= MAX_NESTING) this.#refuse(`more than ${MAX_NESTING} levels deep`);
    this.#seen.add(value);
    this.#visitParts(value);
  }

  #visitParts(value: object): void {
    const name = builtinName(value);
    const tag = Object.prototype.toString.call(value).slice(8, -1);
    if (Array.isArray(value) && name === 'Array') return this.#visitArray(value);
    if (name === 'Object' && tag === 'Object') return this.#visitProperties(value);
    this.needsDevalue = true;
    if (Object.getPrototypeOf(value) === null) return this.#visitProperties(value);
    if (isNativeError(value) && tag === 'Error') return this.#visitError(value);
    if (ArrayBuffer.isView(value) && name !== undefined) return this.#checkView(value);
    if (name === undefined) this.#refuse(describeValue(value));
    if (name !== tag) this.#refuse(`${describeValue(value)} that calls itself ${tag}`);
    switch (name) {
      case 'RegExp':
        return this.#checkRegExp(value as RegExp);
      case 'Map':
        return this.#visitMap(value as Map<unknown, unknown>);
      case 'Set':
        return this.#visitSet(value as Set<unknown>);
      case 'ArrayBuffer':
        return this.#checkBuffer(value as ArrayBuffer);
      case 'URL':
        return this.#checkUrl(value as URL);
      case 'Date':
      case 'URLSearchParams':
        return this.#checkBare(value);
      default:
        this.#refuse(describeValue(value));
    }
  }

  #visitProperties(value: object): void {
    const names = Object.keys(value);
    if (countKeys(value) > names.length) this.#refuseLostProperty(value, names);
    for (const name of names) this.#visitProperty(value, name, name);
  }

  #visitArray(array: unknown[]): void {
    const indices = Object.keys(array);
    // Indices come first among the keys of an array: if the last one is an index, all are.
    const hasOtherKeys = indices.length > 0 && !isIndex(indices.at(-1) ?? '');
    if (hasOtherKeys || countKeys(array) > indices.length + 1) {
      this.#refuseLostProperty(array, [...indices.filter(isIndex), 'length']);
    }
    if (indices.length < array.length) this.needsDevalue = true;
    for (const index of indices) this.#visitProperty(array, index, Number(index));
  }

  #visitError(error: Error): void {
    for (const key of Reflect.ownKeys(error)) {
      if (typeof key === 'symbol')
        this.#refuseLostProperty(error, Object.getOwnPropertyNames(error));
      // `stack` is an accessor in some engines and a data property in others.
      if (key !== 'stack') this.#checkProperty(error, key, key);
    }
    // In the order in which devalue revives them.
    const { hidden, shown } = errorParts(error);
    this.#openErrors.add(error);
    for (const part of [hidden, shown]) {
      for (const name of Object.keys(part)) this.#visitPart(name, part[name]);
    }
    this.#openErrors.delete(error);
  }

  #visitMap(map: Map<unknown, unknown>): void {
    this.#checkBare(map);
    let index = 0;
    for (const [key, value] of map) {
      this.#visitPart({ call: `keys()[${index}]` }, key);
      this.#visitPart(
        { call: typeof key === 'object' ? `values()[${index}]` : `get(${describeValue(key)})` },
        value,
      );
      index += 1;
    }
  }

  #visitSet(set: Set<unknown>): void {
    this.#checkBare(set);
    let index = 0;
    for (const value of set) {
      this.#visitPart({ call: `values()[${index}]` }, value);
      index += 1;
    }
  }

  #visitProperty(owner: object, key: string, access: Access): void {
    const descriptor = this.#checkProperty(owner, key, access);
    this.#visitPart(access, descriptor?.value);
  }

  #checkProperty(owner: object, key: string, access: Access): PropertyDescriptor | undefined {
    const descriptor = Object.getOwnPropertyDescriptor(owner, key);
    const isAccessor = descriptor !== undefined && !('value' in descriptor);
    if (isAccessor || key === '__proto__') {
      this.#path.push(access);
      this.#refuse(isAccessor ? 'an accessor' : 'a property that sets prototypes');
    }
    return descriptor;
  }

  #checkView(view: ArrayBufferView): void {
    this.#checkBuffer(view.buffer);
    // Listing the keys of a large view takes half a second per megabyte. Comparing it with a copy takes a
    // millisecond, and finds extra properties too.
    const bytes = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
    const { constructor: View } = Object.getPrototypeOf(view) as { constructor: ViewClass };
    const copy = Buffer.isBuffer(view) ? Buffer.from(bytes) : new View(bytes);
    if (!isDeepStrictEqual(view, copy))
      this.#refuse(`${describeValue(view)} with properties of its own`);
  }

  #checkBuffer(buffer: ArrayBufferLike): void {
    if (builtinName(buffer) !== 'ArrayBuffer') this.#refuse(describeValue(buffer));
    this.#checkBare(buffer);
    if ((buffer as { readonly resizable?: boolean }).resizable)
      this.#refuse('a resizable ArrayBuffer');
  }

  #checkRegExp(pattern: RegExp): void {
    if (countKeys(pattern) > 1) this.#refuseLostProperty(pattern, ['lastIndex']);
    if (pattern.lastIndex !== 0) this.#refuse('a RegExp with a lastIndex');
  }

  #checkUrl(url: URL): void {
    this.#checkBare(url);
    if (new URL(url.href).href !== url.href) this.#refuse('a URL that parses to another URL');
  }

  #checkBare(value: object): void {
    if (countKeys(value) > 0) this.#refuseLostProperty(value, []);
  }

  #visitPart(access: Access, value: unknown): void {
    if (typeof value === 'string') return;
    this.#path.push(access);
    this.visit(value);
    this.#path.pop();
  }

  #refuseLostProperty(owner: object, allowed: readonly string[]): never {
    const lostKey = Reflect.ownKeys(owner).find(
      (key) => typeof key === 'symbol' || !allowed.includes(key),
    );
    this.#path.push(lostKey ?? '');
    this.#refuse('a property that would be lost');
  }

  #refuse(reason: string): never {
    const path = this.#path.map(accessText).join('');
    throw new CodecError(`cannot be encoded without loss: value${path} is ${reason}`);
  }
}

// Three times as fast as `Reflect.ownKeys(value).length`.
function countKeys(value: object): number {
  return Object.getOwnPropertyNames(value).length + Object.getOwnPropertySymbols(value).length;
}

function isIndex(key: string): boolean {
  return /^(?:0|[1-9]\d{0,9})$/.test(key) && Number(key) < 2 ** 32 - 1;
}

function accessText(access: Access): string {
  if (typeof access === 'object') return `.${access.call}`;
  if (typeof access === 'symbol') return `[${String(access)}]`;
  if (typeof access === 'string' && /^[A-Za-z_$][\w$]*$/.test(access)) return `.${access}`;
  return `[${JSON.stringify(access)}]`;
}
