import { mustBe } from '../../options/checks.js';
import { CodecError } from '../../errors.js';
import { builtinName, hasNullPrototype } from '../../platform/builtin-classes.js';
import { describeValue } from '../../platform/describe-value.js';

/** Treatment of values that are stored in process: see `LruOptions.copy`. */
export type CopyMode = 'none' | 'clone' | 'freeze';

interface CopyFunctions {
  /** Returns the value to store. Throws a `CodecError` for a value that cannot be cloned or frozen. */
  readonly input: (value: unknown) => unknown;
  /** Returns the value for a hit. */
  readonly output: (value: unknown) => unknown;
}

const identity = (value: unknown): unknown => value;

/** Functions that treat values when they are stored and when a hit returns them. */
export function copyFunctions(copy: CopyMode): CopyFunctions {
  switch (copy) {
    case 'none':
      return { input: identity, output: identity };
    case 'clone':
      return { input: clone, output: clone };
    case 'freeze':
      return { input: freeze, output: identity };
    default:
      throw mustBe('lru: copy', "'none', 'clone' or 'freeze'", copy);
  }
}

/**
 * Returns a deep copy. Not by the platform's `structuredClone`, which turns an instance of a class into a plain
 * object, and a Buffer into a Uint8Array.
 */
function clone(value: unknown): unknown {
  return cloneInto(new Map(), value);
}

function cloneInto(copies: Map<object, unknown>, value: unknown): unknown {
  if (typeof value === 'function') throw copyError('clone', value);
  if (typeof value !== 'object' || value === null) return value;
  const copy = copies.get(value) ?? emptyCopy(value);
  if (copies.has(value)) return copy;
  copies.set(value, copy); // before its parts, which may contain it
  if (copy instanceof Map) {
    for (const [key, part] of value as Map<unknown, unknown>) {
      copy.set(cloneInto(copies, key), cloneInto(copies, part));
    }
  } else if (copy instanceof Set) {
    for (const part of value as Set<unknown>) copy.add(cloneInto(copies, part));
  } else if (hasParts(value)) {
    cloneParts(copies, value, copy as object);
  }
  if (Reflect.ownKeys(copy as object).length < countOwnKeys(value)) throw copyError('clone', value);
  return copy;
}

/** Returns a copy without its parts. */
function emptyCopy(value: object): unknown {
  switch (builtinName(value)) {
    case 'Object':
      return {};
    case 'Array':
      return new Array((value as unknown[]).length); // holes stay holes
    case 'Map':
      return new Map();
    case 'Set':
      return new Set();
    case 'Date':
      return new Date((value as Date).getTime());
    case 'RegExp':
      return Object.assign(new RegExp(value as RegExp), { lastIndex: (value as RegExp).lastIndex });
    case 'URL':
      return new URL((value as URL).href);
    case 'ArrayBuffer':
      return (value as ArrayBuffer).slice(0);
    case 'Buffer': // whose own `slice` returns a view
      return Uint8Array.prototype.slice.call(value);
    default:
      if (hasNullPrototype(value)) return Object.create(null);
      if (isTypedArray(value)) return value.slice();
      throw copyError('clone', value);
  }
}

function isTypedArray(value: object): value is Uint8Array {
  return ArrayBuffer.isView(value) && builtinName(value)?.endsWith('Array') === true;
}

function hasParts(value: object): boolean {
  const name = builtinName(value);
  return name === 'Object' || name === 'Array' || hasNullPrototype(value);
}

/** Number of own properties; 0 for bytes, whose properties are too many to count and are not copied. */
function countOwnKeys(value: object): number {
  return ArrayBuffer.isView(value) ? 0 : Reflect.ownKeys(value).length;
}

function cloneParts(copies: Map<object, unknown>, source: object, copy: object): void {
  for (const key of Reflect.ownKeys(source)) {
    if (key === 'length' && Array.isArray(source)) continue;
    Object.defineProperty(copy, key, {
      value: cloneInto(copies, Reflect.get(source, key)),
      writable: true,
      enumerable: Object.prototype.propertyIsEnumerable.call(source, key),
      configurable: true,
    });
  }
}

/** Freezes the value deeply. Throws, and freezes nothing, if a part of it cannot be frozen. */
function freeze(value: unknown): unknown {
  const parts = new Set<object>();
  collectParts(parts, value);
  for (const part of parts) Object.freeze(part);
  return value;
}

function collectParts(parts: Set<object>, value: unknown): void {
  if (typeof value !== 'object' || value === null || parts.has(value)) return;
  // `Object.freeze` does not protect the contents of a Map, a Date, bytes or private fields.
  if (!hasParts(value)) throw copyError('freeze', value);
  parts.add(value);
  for (const key of Reflect.ownKeys(value)) collectParts(parts, Reflect.get(value, key));
}

function copyError(verb: string, value: unknown): CodecError {
  return new CodecError(`lru: \`copy: '${verb}'\` cannot ${verb} ${describeValue(value)}`);
}
