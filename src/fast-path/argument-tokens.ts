import { MAX_TEXT } from '../keys/primitive.js';

// The tokens beside texts and numbers. An object and an array have one before and one behind.
export const OBJECT = { token: 'object' };
export const ARRAY = { token: 'array' };
export const END = { token: 'end' };
export const BIGINT = { token: 'bigint' };
export const MINUS_ZERO = { token: '-0' };

export interface Constant {
  readonly token: string;
  /** Any number, but seldom an argument. */
  readonly hash: number;
}
export const UNDEFINED: Constant = { token: 'undefined', hash: 0x4cf5ad43 };
const NULL: Constant = { token: 'null', hash: 0x2745937f };
const TRUE: Constant = { token: 'true', hash: 0x38b34ae5 };
const FALSE: Constant = { token: 'false', hash: 0x0a1e38b9 };

/**
 * What was read of arguments: first the hash of the tokens, then these. In one array, since each object
 * more is one more miss in the processor's cache.
 */
export type Tokens = readonly (string | number | object)[];

export function hashOf(tokens: Tokens): number {
  return tokens[0] as number;
}

/**
 * What `Reading` has for the hash of arguments that are all texts, numbers, booleans, `null` and
 * `undefined`; nothing where there are others. It costs much less: no list of tokens is made.
 */
export function hashOfPrimitives(args: readonly unknown[], thorough: boolean): number | undefined {
  let hash = ~args.length;
  let left = MAX_TEXT;
  for (const value of args) {
    if (typeof value === 'string') {
      left -= value.length;
      if (left < 0) return undefined;
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
    const token =
      typeof value === 'string' || typeof value === 'number' ? value : constantOf(value);
    if (!isSame(token, tokens[i + 1])) return false;
  }
  return true;
}

/** Whether two tokens are the same. By type, since V8 compares what it knows to be texts or numbers faster. */
export function isSame(token: unknown, other: unknown): boolean {
  if (typeof token === 'string') return typeof other === 'string' && token === other;
  if (typeof token !== 'number') return token === other;
  return (
    typeof other === 'number' && (token === other || (Number.isNaN(token) && Number.isNaN(other)))
  );
}

export function constantOf(value: unknown): Constant | undefined {
  if (value === undefined) return UNDEFINED;
  if (value === null) return NULL;
  if (value === true) return TRUE;
  return value === false ? FALSE : undefined;
}

export function withNumber(hash: number, value: number): number {
  const whole = value | 0;
  const mixedIn = mixed(hash, whole);
  return whole === value ? mixedIn : mixed(mixedIn, (value - whole) * 2 ** 32);
}

/** Of its length, and of every character or two. */
export function withText(hash: number, text: string, thorough: boolean): number {
  const { length } = text;
  const step = thorough ? 1 : (length >> 1) + 1;
  let all = mixed(hash, ~length); // and so not as a number
  for (let i = length - 1; i >= 0; i -= step) all = mixed(all, text.charCodeAt(i));
  return all;
}

export function mixed(hash: number, value: number): number {
  const product = Math.imul(hash ^ value, 0x9e3779b1);
  return (product << 13) | (product >>> 19);
}
