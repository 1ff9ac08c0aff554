import { builtinOf } from '../platform/builtin-classes.js';

/**
 * Name of the method by which an object declares its identity to keys. Objects with equal class names and
 * equal identities share entries. If an object has no such method, its `toJSON()` declares the identity.
 *
 * ```ts
 * class User {
 *   constructor(readonly id: number) {}
 *   [cacheKey]() {
 *     return this.id;
 *   }
 * }
 * ```
 */
export const cacheKey: unique symbol = Symbol.for('memoaside.cacheKey');

interface Declaring {
  readonly [cacheKey]?: unknown;
  readonly toJSON?: unknown;
}

/** Returns the name of the method by which an object declares its identity; `undefined` if there is none. */
export function identityMethod(value: Declaring): typeof cacheKey | 'toJSON' | undefined {
  if (typeof value[cacheKey] === 'function' && isDeclared(value, cacheKey)) return cacheKey;
  return typeof value.toJSON === 'function' && isDeclared(value, 'toJSON') ? 'toJSON' : undefined;
}

// A method of a built-in class, such as the toJSON of Date, does not count: a subclass can hold more.
function isDeclared(value: object, name: keyof Declaring): boolean {
  let holder: object | null = value;
  while (holder !== null && !Object.hasOwn(holder, name)) {
    holder = Object.getPrototypeOf(holder) as object | null;
  }
  return holder !== null && (holder === value || builtinOf(holder) === undefined);
}

/** Returns the same as `identityMethod`, for a plain object: only own methods count. */
export function ownIdentityMethod(
  value: object,
  symbols: readonly symbol[],
): typeof cacheKey | 'toJSON' | undefined {
  const declaring = value as Declaring;
  if (symbols.includes(cacheKey) && typeof declaring[cacheKey] === 'function') return cacheKey;
  if (typeof declaring.toJSON !== 'function') return undefined;
  return Object.hasOwn(value, 'toJSON') ? 'toJSON' : undefined;
}

/** Returns the name of the class of an object; empty if it has none. */
export function className(value: object): string {
  const prototype = Object.getPrototypeOf(value) as { constructor?: unknown } | null;
  const constructor = prototype?.constructor;
  const name: unknown = typeof constructor === 'function' ? constructor.name : '';
  return typeof name === 'string' ? name : '';
}
