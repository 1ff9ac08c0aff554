import { isAbortSignal } from './object.js';

// A list of parts holds texts, numbers and these.
/** Stand where an object begins, where an array does, and where either ends. */
const OBJECT = { part: 'object' };
const ARRAY = { part: 'array' };
const END = { part: 'end' };
const BIGINT = { part: 'bigint' };
const MINUS_ZERO = { part: '-0' };
const UNDEFINED = { part: 'undefined' };
const NULL = { part: 'null' };
const TRUE = { part: 'true' };
const FALSE = { part: 'false' };

/** Beyond these bounds a list of arguments is not read: what it holds would be remembered too. */
const MOST_PARTS = 4_096;
/** Characters in all. */
const MOST_TEXT = 65_536;
const MAX_DEPTH = 16;

const objectPrototype: unknown = Object.prototype;
const arrayPrototype: unknown = Array.prototype;
const PLAIN = '[object Object]';

/** What was read of arguments: the hash of it, and then its parts. */
export type Parts = readonly (string | number | object)[];

export function hashOf(parts: Parts): number {
  return parts[0] as number;
}

/**
 * Reads plain arguments (primitives, and objects and arrays of them) as a list of parts, so that they can
 * be compared with others without the making of a text. Arguments with the same parts have the same
 * derived key; not always the other way round, since parts are in the order in which they are given.
 */
export class Reading {
  /** A number that is the same for the same parts: a hash, by multiplying and rotating. */
  hash = 0;
  /** The first of these are it: the list is used again. */
  readonly #parts: (string | number | object)[] = [0];
  #count = 1;
  /** Characters that may still be read. */
  #left = 0;
  #reading = false;
  #thorough = false;

  /**
   * Reads these. Answers whether they are plain, and not too much. `thorough`: with a hash of every
   * character of a text, not of two.
   */
  of(args: readonly unknown[], thorough: boolean): boolean {
    if (this.#reading) return false; // a getter of an argument has led here
    this.#reading = true;
    this.#thorough = thorough;
    this.#count = 1;
    this.#left = MOST_TEXT;
    this.hash = args.length;
    try {
      for (const arg of args) if (!this.#read(arg, 0)) return false;
      this.#parts[0] = this.hash;
      return true;
    } catch {
      return false; // it throws for whoever reads it: the key tells
    } finally {
      this.#reading = false;
    }
  }

  /** Whether these are the parts that were read last. Each type has a comparison of its own: V8 is faster. */
  matches(parts: Parts): boolean {
    const mine = this.#parts;
    const count = this.#count;
    if (parts.length !== count) return false;
    for (let i = 0; i < count; i += 1) {
      const part = mine[i];
      const other = parts[i];
      if (typeof part === 'string') {
        if (typeof other !== 'string' || part !== other) return false;
      } else if (typeof part === 'number') {
        if (typeof other !== 'number' || (part !== other && !areNaN(part, other))) return false;
      } else if (part !== other) return false;
    }
    return true;
  }

  /** The parts that were read last. */
  copy(): Parts {
    return this.#parts.slice(0, this.#count);
  }

  #read(value: unknown, depth: number): boolean {
    if (typeof value === 'string') return this.#text(value);
    if (typeof value === 'number') return this.#number(value);
    if (typeof value === 'object' && value !== null) return this.#object(value, depth);
    if (typeof value === 'bigint') return this.#add(BIGINT) && this.#text(`${value}`);
    if (value === undefined) return this.#constant(1, UNDEFINED);
    if (value === null) return this.#constant(2, NULL);
    if (value === true) return this.#constant(3, TRUE);
    return value === false && this.#constant(4, FALSE);
  }

  #constant(number: number, part: object): boolean {
    this.#mix(number);
    return this.#add(part);
  }

  /** `depth`: of the objects around it. */
  #object(value: object, depth: number): boolean {
    if (depth === MAX_DEPTH) return false;
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === arrayPrototype) return this.#array(value, depth + 1);
    if (prototype === objectPrototype) return this.#plain(value, depth + 1);
    // A signal counts as `undefined`.
    return depth === 0 && isAbortSignal(value) && this.#constant(1, UNDEFINED);
  }

  #plain(value: object, depth: number): boolean {
    if (
      Object.getOwnPropertySymbols(value).length > 0 ||
      Object.prototype.toString.call(value) !== PLAIN
    )
      return false;
    let names = Object.getOwnPropertyNames(value).length;
    if (!this.#add(OBJECT)) return false;
    for (const name in value) {
      names -= 1;
      if (name === 'toJSON' || !this.#add(name)) return false;
      const part = (value as Record<string, unknown>)[name];
      if (this.#read(part, depth)) continue;
      if (depth > 1 || !isAbortSignal(part)) return false;
      this.#count -= 1; // the signal in an options object counts as absent
    }
    // As many as it has of its own: there is none that it inherits, and none that is not enumerable.
    return names === 0 && this.#add(END);
  }

  #array(value: object, depth: number): boolean {
    if (!Array.isArray(value) || value.length > MOST_PARTS) return false;
    if (Object.getOwnPropertySymbols(value).length > 0) return false;
    // As many names as elements: where no element lacks, there are no others.
    if (Object.keys(value).length !== value.length || !this.#add(ARRAY)) return false;
    for (let i = 0; i < value.length; i += 1) {
      const part: unknown = value[i];
      if (part === undefined && !Object.hasOwn(value, i)) return false;
      if (!this.#read(part, depth)) return false;
    }
    return this.#add(END);
  }

  #number(value: number): boolean {
    const whole = value | 0;
    this.#mix(whole);
    if (whole === value) return this.#add(Object.is(value, -0) ? MINUS_ZERO : value);
    this.#mix((value - whole) * 2 ** 32);
    return this.#add(value);
  }

  #text(text: string): boolean {
    const { length } = text;
    this.#left -= length;
    if (this.#left < 0) return false;
    const step = this.#thorough ? 1 : (length >> 1) + 1;
    this.#mix(length);
    for (let i = length - 1; i >= 0; i -= step) this.#mix(text.charCodeAt(i));
    return this.#add(text);
  }

  #add(part: string | number | object): boolean {
    if (this.#count === MOST_PARTS) return false;
    this.#parts[this.#count] = part;
    this.#count += 1;
    return true;
  }

  #mix(value: number): void {
    this.hash = mixed(this.hash, value);
  }
}

function mixed(hash: number, value: number): number {
  const product = Math.imul(hash ^ value, 0x9e3779b1);
  return (product << 13) | (product >>> 19);
}

function areNaN(one: number, other: number): boolean {
  return Number.isNaN(one) && Number.isNaN(other);
}
