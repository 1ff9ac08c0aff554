import { isAbortSignal } from '../keys/object.js';
import { MAX_TEXT } from '../keys/primitive.js';
import {
  ARRAY,
  BIGINT,
  constantOf,
  END,
  isSame,
  MINUS_ZERO,
  mixed,
  OBJECT,
  UNDEFINED,
  withNumber,
  withText,
  type Constant,
  type Tokens,
} from './argument-tokens.js';
import { MAX_PARTS } from '../keys/encoding-walk.js';

// Beyond these bounds arguments are not read: those of keys, where a property is a name and a value, and
// two of our own.
const MAX_TOKENS = 3 * MAX_PARTS;
const MAX_DEPTH = 16;
/** Of one object. V8 keeps larger ones as dictionaries: to read these costs more than to make a key. */
const MAX_NAMES = 1_000;
/** So many tokens are no longer held than until the next reading. */
const MANY = 1_024;

const objectPrototype: unknown = Object.prototype;
const arrayPrototype: unknown = Array.prototype;
const PLAIN = '[object Object]';

/**
 * Reads plain arguments (primitives, and objects and arrays of them) as a list of tokens, to compare them
 * with others without making a text. Arguments with equal tokens have the same derived key; not always
 * the other way round, since properties are read in the order in which they are given.
 */
export class Reading {
  /** Of the tokens that were read last: by multiplying and rotating. */
  hash = 0;
  /** The first `#count` of these are the tokens. The list is used again, and holds what it held before. */
  #tokens: (string | number | object)[] = [0];
  #count = 1;
  /** Characters that may still be read. */
  #left = 0;
  #reading = false;
  #thorough = false;
  /** Plain objects among what is read. */
  #objects = 0;

  /**
   * Reads arguments. Answers whether they are plain and within the bounds. `thorough`: the hash is of
   * every character of a text, not of two.
   */
  of(args: readonly unknown[], thorough: boolean): boolean {
    if (this.#reading) return false; // a getter of an argument has led here
    this.#reading = true;
    this.#thorough = thorough;
    if (this.#tokens.length > MANY) this.#tokens = [0];
    this.#objects = 0;
    this.#count = 1;
    this.#left = MAX_TEXT;
    this.hash = ~args.length;
    try {
      for (const arg of args) if (!this.#read(arg, 0)) return false;
      this.#tokens[0] = this.hash;
      return this.#objects === 0 || !isPolluted();
    } catch {
      return false; // it throws for whoever reads it: the key tells
    } finally {
      this.#reading = false;
    }
  }

  /** Whether the tokens that were read last are these. */
  matches(tokens: Tokens): boolean {
    const mine = this.#tokens;
    const count = this.#count;
    if (tokens.length !== count) return false;
    for (let i = 0; i < count; i += 1) if (!isSame(mine[i], tokens[i])) return false;
    return true;
  }

  /** A copy of the tokens that were read last. */
  copy(): Tokens {
    return this.#tokens.slice(0, this.#count);
  }

  #read(value: unknown, depth: number): boolean {
    if (typeof value === 'string') return this.#text(value);
    if (typeof value === 'number') return this.#number(value);
    if (typeof value === 'object' && value !== null) return this.#object(value, depth);
    if (typeof value === 'bigint') return this.#add(BIGINT) && this.#text(`${value}`);
    return this.#constant(constantOf(value));
  }

  #constant(token: Constant | undefined): boolean {
    if (token === undefined) return false;
    this.hash = mixed(this.hash, token.hash);
    return this.#add(token);
  }

  /** `depth`: how many objects are around it. */
  #object(value: object, depth: number): boolean {
    if (depth === MAX_DEPTH) return false;
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === arrayPrototype) return this.#array(value, depth + 1);
    if (prototype === objectPrototype) return this.#plain(value, depth + 1);
    // A signal counts as `undefined`.
    return depth === 0 && isAbortSignal(value) && this.#constant(UNDEFINED);
  }

  #plain(value: object, depth: number): boolean {
    if (
      Object.getOwnPropertySymbols(value).length > 0 ||
      Object.prototype.toString.call(value) !== PLAIN
    )
      return false;
    let names = Object.getOwnPropertyNames(value).length;
    if (names > MAX_NAMES) return false;
    this.#objects += 1;
    if (!this.#add(OBJECT)) return false;
    for (const name in value) {
      names -= 1;
      this.#left -= name.length;
      if (name === 'toJSON' || this.#left < 0 || !this.#add(name)) return false;
      const part = (value as Record<string, unknown>)[name];
      if (this.#read(part, depth)) continue;
      if (depth > 1 || !isAbortSignal(part)) return false;
      this.#count -= 1; // the signal in an options object counts as absent
    }
    // As many as are its own: then none is hidden from enumeration.
    return names === 0 && this.#add(END);
  }

  #array(value: object, depth: number): boolean {
    if (!Array.isArray(value) || value.length > MAX_TOKENS) return false;
    if (Object.getOwnPropertySymbols(value).length > 0) return false;
    // Names come after elements: if the last of as many is an element's, all are.
    const names = Object.keys(value);
    if (names.length !== value.length || !this.#add(ARRAY)) return false;
    if (names.length > 0 && names[names.length - 1] !== `${names.length - 1}`) return false;
    for (let i = 0; i < value.length; i += 1) {
      const part: unknown = value[i];
      if (part === undefined && !Object.hasOwn(value, i)) return false;
      if (!this.#read(part, depth)) return false;
    }
    return this.#add(END);
  }

  #number(value: number): boolean {
    this.hash = withNumber(this.hash, value);
    return this.#add(Object.is(value, -0) ? MINUS_ZERO : value);
  }

  #text(text: string): boolean {
    this.#left -= text.length;
    if (this.#left < 0) return false;
    this.hash = withText(this.hash, text, this.#thorough);
    return this.#add(text);
  }

  #add(token: string | number | object): boolean {
    if (this.#count === MAX_TOKENS) return false;
    this.#tokens[this.#count] = token;
    this.#count += 1;
    return true;
  }
}

/** Whether plain objects inherit properties that enumerate. */
function isPolluted(): boolean {
  return Object.keys(Object.prototype).length > 0;
}
