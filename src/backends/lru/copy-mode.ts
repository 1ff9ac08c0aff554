import { show } from '../../options/checks.js';
import { CodecError, OptionError } from '../../errors.js';
import { builtinName, describeValue, hasNullPrototype } from '../../platform/builtin-classes.js';

/** What an in-process backend hands out: see `LruOptions.copy`. */
export type CopyMode = 'none' | 'clone' | 'freeze';

interface CopyFunctions {
  /** The value to keep. Throws a `CodecError` for one that cannot be treated so. */
  readonly input: (value: unknown) => unknown;
  /** The value to hand out. */
  readonly output: (value: unknown) => unknown;
}

const identity = (value: unknown): unknown => value;

/** How values are treated on their way in and out. */
export function copyFunctions(copy: CopyMode): CopyFunctions {
  switch (copy) {
    case 'none':
      return { input: identity, output: identity };
    case 'clone':
      return { input: clone, output: clone };
    case 'freeze':
      return { input: freeze, output: identity };
    default:
      throw new OptionError(`lru: copy is ${show(copy)}; write 'none', 'clone' or 'freeze'`);
  }
}

/**
 * A deep copy. The platform's `structuredClone` would not do: it turns an instance of a class into a
 * plain object, and a Buffer into a Uint8Array.
 */
function clone(value: unknown): unknown {
  return cloneInto(new Map(), value);
}

function cloneInto(copies: Map<object, unknown>, value: unknown): unknown {
  if (typeof value === 'function') throw copyError('clone', value);
  if (typeof value !== 'object' || value === null) return value;
  const copy = copies.get(value) ?? emptyCopy(value);
  if (copies.has(value)) return copy;
  copies.set(value, copy); // before its parts: they may hold it
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

/** A copy without its parts. */
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
    case 'Buffer': // its `slice` is a view
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

/** How many properties of its own an object has; those of bytes are too many to count, and not copied. */
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

/** The value, frozen with all its parts, or as it was if it has a part that cannot be frozen. */
function freeze(value: unknown): unknown {
  const parts = new Set<object>();
  collectParts(parts, value);
  for (const part of parts) Object.freeze(part);
  return value;
}

function collectParts(parts: Set<object>, value: unknown): void {
  if (typeof value !== 'object' || value === null || parts.has(value)) return;
  // Freezing a Map, a Date, bytes or private fields would keep nobody from changing what is in them.
  if (!hasParts(value)) throw copyError('freeze', value);
  parts.add(value);
  for (const key of Reflect.ownKeys(value)) collectParts(parts, Reflect.get(value, key));
}

function copyError(verb: string, value: unknown): CodecError {
  return new CodecError(`lru: copy: '${verb}' cannot ${verb} ${describeValue(value)}`);
}
