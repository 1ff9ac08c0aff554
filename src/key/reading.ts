import { isAbortSignal } from './object.js';
import { MAX_TEXT } from './primitive.js';
import { MAX_PARTS } from './walk.js';

// The tokens beside texts and numbers. An object and an array have one before and one behind.
const OBJECT = { token: 'object' };
const ARRAY = { token: 'array' };
const END = { token: 'end' };
const BIGINT = { token: 'bigint' };
const MINUS_ZERO = { token: '-0' };

interface Constant {
  readonly token: string;
  /** Any number, but seldom an argument. */
  readonly hash: number;
}
const UNDEFINED: Constant = { token: 'undefined', hash: 0x4cf5ad43 };
const NULL: Constant = { token: 'null', hash: 0x2745937f };
const TRUE: Constant = { token: 'true', hash: 0x38b34ae5 };
const FALSE: Constant = { token: 'false', hash: 0x0a1e38b9 };

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
 * What was read of arguments: first the hash of the tokens, then these. In one array, since each object
 * more is one more miss in the processor's cache.
 */
export type Tokens = readonly (string | number | object)[];

export function hashOf(tokens: Tokens): number {
  return tokens[0] as number;
}

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
    for (let i = 0; i < count; i += 1) {
      const token = mine[i];
      const other = tokens[i];
      // By type, since V8 compares what it knows to be texts or numbers faster.
      if (typeof token === 'string') {
        if (typeof other !== 'string' || token !== other) return false;
      } else if (typeof token === 'number') {
        if (typeof other !== 'number' || (token !== other && !areNaN(token, other))) return false;
      } else if (token !== other) return false;
    }
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

/**
 * What `Reading` has for the hash of arguments that are all texts, numbers, booleans, `null` and
 * `undefined`; nothing where there are others. It costs much less: no list of tokens is made.
 */
export function hashOfPrimitives(args: readonly unknown[], thorough: boolean): number | undefined {
  let hash = ~args.length;
  for (const value of args) {
    if (typeof value === 'string') {
      if (value.length > MAX_TEXT) return undefined;
      hash = withText(hash, value, thorough);
    } else if (typeof value === 'number') {
      if (Object.is(value, -0)) return undefined;
      hash = withNumber(hash, value);
    } else {
      const constant = constantOf(value);
      if (constant === undefined) return undefined;
      hash = mixed(hash, constant.hash);
    }
  }
  return hash;
}

/** Whether the tokens are of these arguments, for which there is a `hashOfPrimitives`. */
export function arePrimitives(args: readonly unknown[], tokens: Tokens): boolean {
  if (tokens.length !== args.length + 1) return false;
  for (let i = 0; i < args.length; i += 1) {
    const value = args[i];
    const token = tokens[i + 1];
    if (typeof value === 'string') {
      if (typeof token !== 'string' || token !== value) return false;
    } else if (typeof value === 'number') {
      if (typeof token !== 'number' || (token !== value && !areNaN(token, value))) return false;
    } else if (token !== constantOf(value)) return false;
  }
  return true;
}

function constantOf(value: unknown): Constant | undefined {
  if (value === undefined) return UNDEFINED;
  if (value === null) return NULL;
  if (value === true) return TRUE;
  return value === false ? FALSE : undefined;
}

function withNumber(hash: number, value: number): number {
  const whole = value | 0;
  const mixedIn = mixed(hash, whole);
  return whole === value ? mixedIn : mixed(mixedIn, (value - whole) * 2 ** 32);
}

/** Of its length, and of every character or two. */
function withText(hash: number, text: string, thorough: boolean): number {
  const { length } = text;
  const step = thorough ? 1 : (length >> 1) + 1;
  let all = mixed(hash, ~length); // and so not as a number
  for (let i = length - 1; i >= 0; i -= step) all = mixed(all, text.charCodeAt(i));
  return all;
}

function mixed(hash: number, value: number): number {
  const product = Math.imul(hash ^ value, 0x9e3779b1);
  return (product << 13) | (product >>> 19);
}

/** Whether plain objects inherit properties that enumerate. */
function isPolluted(): boolean {
  return Object.keys(Object.prototype).length > 0;
}

function areNaN(one: number, other: number): boolean {
  return Number.isNaN(one) && Number.isNaN(other);
}
