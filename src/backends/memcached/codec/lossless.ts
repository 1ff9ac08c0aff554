import { isDeepStrictEqual } from 'node:util';

import { CodecError } from '../../../errors.js';
import { builtinName, describeValue } from '../../../platform/builtin-classes.js';
import { errorParts, isNativeError } from './error-parts.js';
import { isTooLong, LONGEST_INTEGER } from './integer.js';

/** Levels of nesting that a value may have. */
export const DEEPEST = 500;

/**
 * The form in which a value comes back as what it was: `'json'` where JSON does that, `'rich'` for what
 * only devalue can keep. Throws a CodecError that names the path of whatever neither can: functions,
 * symbols, instances of classes, accessors, and properties that would be lost.
 */
export function faithfulForm(value: unknown): 'json' | 'rich' {
  const walk = new Walk();
  walk.visit(value);
  return walk.rich ? 'rich' : 'json';
}

type Step = string | number | symbol | { readonly call: string };
type ViewClass = new (buffer: ArrayBufferLike) => ArrayBufferView;

class Walk {
  rich = false;
  readonly #path: Step[] = [];
  readonly #seen = new Set<object>();
  readonly #openErrors = new Set<object>();

  visit(value: unknown): void {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return;
      case 'number':
        if (!Number.isFinite(value) || Object.is(value, -0)) this.rich = true;
        return;
      case 'bigint':
        if (isTooLong(value)) this.#refuse(`a bigint of more than ${LONGEST_INTEGER} digits`);
        this.rich = true;
        return;
      case 'undefined':
        this.rich = true;
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
      this.rich = true;
      // devalue makes an error after its properties, and would make this one twice.
      if (this.#openErrors.has(value)) this.#refuse('an error within itself');
      return;
    }
    if (this.#path.length >= DEEPEST) this.#refuse(`more than ${DEEPEST} levels deep`);
    this.#seen.add(value);
    this.#visitParts(value);
  }

  #visitParts(value: object): void {
    const name = builtinName(value);
    const tag = Object.prototype.toString.call(value).slice(8, -1);
    if (Array.isArray(value) && name === 'Array') return this.#visitArray(value);
    if (name === 'Object' && tag === 'Object') return this.#visitProperties(value);
    this.rich = true;
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
    if (countKeys(value) > names.length) this.#refuseRest(value, names);
    for (const name of names) this.#visitProperty(value, name, name);
  }

  #visitArray(array: unknown[]): void {
    const indices = Object.keys(array);
    // Indices come first among the keys of an array: if the last one is an index, all are.
    const others = indices.length > 0 && !isIndex(indices.at(-1) ?? '');
    if (others || countKeys(array) > indices.length + 1) {
      this.#refuseRest(array, [...indices.filter(isIndex), 'length']);
    }
    if (indices.length < array.length) this.rich = true;
    for (const index of indices) this.#visitProperty(array, index, Number(index));
  }

  #visitError(error: Error): void {
    for (const key of Reflect.ownKeys(error)) {
      if (typeof key === 'symbol') this.#refuseRest(error, Object.getOwnPropertyNames(error));
      // Engines differ in whether this one is an accessor.
      if (key !== 'stack') this.#checkProperty(error, key, key);
    }
    // In the order in which devalue will make them again.
    const { hidden, shown } = errorParts(error);
    this.#openErrors.add(error);
    for (const part of [hidden, shown]) {
      for (const name of Object.keys(part)) this.#step(name, part[name]);
    }
    this.#openErrors.delete(error);
  }

  #visitMap(map: Map<unknown, unknown>): void {
    this.#checkBare(map);
    let index = 0;
    for (const [key, value] of map) {
      this.#step({ call: `keys()[${index}]` }, key);
      this.#step(
        { call: typeof key === 'object' ? `values()[${index}]` : `get(${show(key)})` },
        value,
      );
      index += 1;
    }
  }

  #visitSet(set: Set<unknown>): void {
    this.#checkBare(set);
    let index = 0;
    for (const value of set) {
      this.#step({ call: `values()[${index}]` }, value);
      index += 1;
    }
  }

  #visitProperty(owner: object, key: string, step: Step): void {
    const descriptor = this.#checkProperty(owner, key, step);
    this.#step(step, descriptor?.value);
  }

  #checkProperty(owner: object, key: string, step: Step): PropertyDescriptor | undefined {
    const descriptor = Object.getOwnPropertyDescriptor(owner, key);
    const accessor = descriptor !== undefined && !('value' in descriptor);
    if (accessor || key === '__proto__') {
      this.#path.push(step);
      this.#refuse(accessor ? 'an accessor' : 'a property that sets prototypes');
    }
    return descriptor;
  }

  #checkView(view: ArrayBufferView): void {
    this.#checkBuffer(view.buffer);
    // Listing the keys of a large view takes half a second a megabyte; comparing takes a millisecond,
    // and looks at properties too.
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
    if (countKeys(pattern) > 1) this.#refuseRest(pattern, ['lastIndex']);
    if (pattern.lastIndex !== 0) this.#refuse('a RegExp with a lastIndex');
  }

  #checkUrl(url: URL): void {
    this.#checkBare(url);
    if (new URL(url.href).href !== url.href) this.#refuse('a URL that reads as another one');
  }

  #checkBare(value: object): void {
    if (countKeys(value) > 0) this.#refuseRest(value, []);
  }

  #step(step: Step, value: unknown): void {
    if (typeof value === 'string') return;
    this.#path.push(step);
    this.visit(value);
    this.#path.pop();
  }

  #refuseRest(owner: object, kept: readonly string[]): never {
    const lost = Reflect.ownKeys(owner).find(
      (key) => typeof key === 'symbol' || !kept.includes(key),
    );
    this.#path.push(lost ?? '');
    this.#refuse('a property that would be lost');
  }

  #refuse(reason: string): never {
    const path = this.#path.map(stepText).join('');
    throw new CodecError(`cannot be kept as it is: value${path} is ${reason}`);
  }
}

// Three times as fast as to list them by `Reflect.ownKeys`.
function countKeys(value: object): number {
  return Object.getOwnPropertyNames(value).length + Object.getOwnPropertySymbols(value).length;
}

function isIndex(key: string): boolean {
  return /^(?:0|[1-9]\d{0,9})$/.test(key) && Number(key) < 2 ** 32 - 1;
}

function stepText(step: Step): string {
  if (typeof step === 'object') return `.${step.call}`;
  if (typeof step === 'symbol') return `[${String(step)}]`;
  if (typeof step === 'string' && /^[A-Za-z_$][\w$]*$/.test(step)) return `.${step}`;
  return `[${JSON.stringify(step)}]`;
}

function show(key: unknown): string {
  return typeof key === 'string' ? JSON.stringify(key) : String(key);
}
