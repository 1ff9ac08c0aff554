import { show } from '../duration.js';
import { CodecError, OptionError } from '../errors.js';
import { builtinName, describeValue, hasNullPrototype } from '../prototypes.js';

/** What an in-process backend hands out: see `LruOptions.copy`. */
export type Copy = 'none' | 'clone' | 'freeze';

interface Copying {
  /** The value to keep. Throws a `CodecError` for one that cannot be treated so. */
  readonly store: (value: unknown) => unknown;
  /** The value to hand out. */
  readonly hand: (value: unknown) => unknown;
}

const same = (value: unknown): unknown => value;

/** How values are treated on their way in and out. */
export function copying(copy: Copy): Copying {
  switch (copy) {
    case 'none':
      return { store: same, hand: same };
    case 'clone':
      return { store: clone, hand: clone };
    case 'freeze':
      return { store: freeze, hand: same };
    default:
      throw new OptionError(`lru: copy is ${show(copy)}; write 'none', 'clone' or 'freeze'`);
  }
}

/**
 * A deep copy. The platform's `structuredClone` alone would not do: it turns an instance of a class into
 * a plain object.
 */
function clone(value: unknown): unknown {
  return cloneInto(new Map(), value);
}

const LEAVES = /^(?:Date|RegExp|ArrayBuffer|DataView|(?!Weak)\w+Array)$/;

function cloneInto(made: Map<object, unknown>, value: unknown): unknown {
  if (typeof value === 'function') throw cannot('clone', value);
  if (typeof value !== 'object' || value === null) return value;
  if (made.has(value)) return made.get(value);
  const name = builtinName(value) ?? (hasNullPrototype(value) ? 'null' : undefined);
  if (name !== undefined && LEAVES.test(name) && name !== 'Array') return structuredClone(value);
  if (name === 'Buffer') return (value as Uint8Array).slice();
  if (name === 'URL') return new URL((value as URL).href);
  const copy = emptyLike(name);
  if (copy === undefined) throw cannot('clone', value);
  made.set(value, copy); // before its parts: they may hold it
  if (copy instanceof Map) {
    for (const [key, part] of value as Map<unknown, unknown>) {
      copy.set(cloneInto(made, key), cloneInto(made, part));
    }
  } else if (copy instanceof Set) {
    for (const part of value as Set<unknown>) copy.add(cloneInto(made, part));
  } else {
    if (Array.isArray(value)) (copy as unknown[]).length = value.length; // holes stay holes
    for (const key of Reflect.ownKeys(value)) {
      if (key === 'length' && Array.isArray(value)) continue;
      const part = cloneInto(made, Reflect.get(value, key));
      Object.defineProperty(copy, key, {
        value: part,
        writable: true,
        enumerable: Object.prototype.propertyIsEnumerable.call(value, key),
        configurable: true,
      });
    }
  }
  return copy;
}

function emptyLike(name: string | undefined): object | undefined {
  switch (name) {
    case 'Object':
      return {};
    case 'null':
      return Object.create(null) as object;
    case 'Array':
      return [];
    case 'Map':
      return new Map();
    case 'Set':
      return new Set();
    default:
      return undefined;
  }
}

/** The value, frozen with all its parts, or as it was if it has a part that cannot be frozen. */
function freeze(value: unknown): unknown {
  const parts = new Set<object>();
  collect(parts, value);
  for (const part of parts) Object.freeze(part);
  return value;
}

function collect(parts: Set<object>, value: unknown): void {
  if (typeof value !== 'object' || value === null || parts.has(value)) return;
  const name = builtinName(value);
  // Freezing a Map, a Date or bytes would not keep anybody from changing what is in it.
  if (name !== undefined && name !== 'Object' && name !== 'Array') throw cannot('freeze', value);
  parts.add(value);
  for (const key of Reflect.ownKeys(value)) collect(parts, Reflect.get(value, key));
}

function cannot(verb: string, value: unknown): CodecError {
  return new CodecError(`lru: copy: '${verb}' cannot ${verb} ${describeValue(value)}`);
}
