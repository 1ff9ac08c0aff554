import { builtinOf } from '../platform/builtin-classes.js';

/**
 * The name of a method by which an object declares its identity to keys: objects of one class name
 * whose methods return equal values share entries. Without it, `toJSON()` declares.
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

/** The name of the method by which this object declares its identity, if it does. */
export function identityMethod(value: Declaring): typeof cacheKey | 'toJSON' | undefined {
  if (typeof value[cacheKey] === 'function' && isDeclared(value, cacheKey)) return cacheKey;
  return typeof value.toJSON === 'function' && isDeclared(value, 'toJSON') ? 'toJSON' : undefined;
}

// What a builtin brings along (a Date's toJSON, say) does not speak for a subclass with more in it.
function isDeclared(value: object, name: keyof Declaring): boolean {
  let holder: object | null = value;
  while (holder !== null && !Object.hasOwn(holder, name)) {
    holder = Object.getPrototypeOf(holder) as object | null;
  }
  return holder !== null && (holder === value || builtinOf(holder) === undefined);
}

/** `identityMethod` for a plain object, which only itself can declare one. */
export function ownIdentityMethod(
  value: object,
  symbols: readonly symbol[],
): typeof cacheKey | 'toJSON' | undefined {
  const declaring = value as Declaring;
  if (symbols.includes(cacheKey) && typeof declaring[cacheKey] === 'function') return cacheKey;
  if (typeof declaring.toJSON !== 'function') return undefined;
  return Object.hasOwn(value, 'toJSON') ? 'toJSON' : undefined;
}

/** The name of the class that an object is an instance of; empty where there is none. */
export function className(value: object): string {
  const prototype = Object.getPrototypeOf(value) as { constructor?: unknown } | null;
  const constructor = prototype?.constructor;
  const name: unknown = typeof constructor === 'function' ? constructor.name : '';
  return typeof name === 'string' ? name : '';
}
