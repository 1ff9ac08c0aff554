import { builtinOf, TYPED_ARRAYS, type BuiltinName } from '../platform/builtin-classes.js';

const ENCODED = [
  ...(['Object', 'Array', 'Date', 'RegExp', 'URL', 'Map', 'Set'] as const),
  ...(['ArrayBuffer', 'DataView', 'Buffer', ...TYPED_ARRAYS] as const),
] as const satisfies readonly BuiltinName[];

/**
 * Kind of an object, by its prototype: a built-in class that has an encoding, `'AbortSignal'`, `'null'` for
 * an object without a prototype, or `'other'`. An object whose prototype is an empty object without a
 * prototype inherits nothing either, and is `'null'`: web frameworks make such objects for queries.
 */
export type Kind = 'null' | 'other' | 'AbortSignal' | (typeof ENCODED)[number];

const objectPrototype: unknown = Object.prototype;
const arrayPrototype: unknown = Array.prototype;
const kinds = new WeakMap<object, Kind>();

export function kindOf(value: object): Kind {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === objectPrototype) return 'Object';
  if (prototype === arrayPrototype) return 'Array';
  return prototype === null ? 'null' : (kinds.get(prototype) ?? classify(prototype, value));
}

function classify(prototype: object, value: object): Kind {
  if (isEmptyRoot(prototype)) return 'null'; // not kept: it can get properties later
  const builtin = builtinOf(prototype);
  const kind =
    ENCODED.find((name) => name === builtin) ??
    (hasAbortSignalTag(value) ? 'AbortSignal' : 'other');
  kinds.set(prototype, kind);
  return kind;
}

function isEmptyRoot(prototype: object): boolean {
  return Object.getPrototypeOf(prototype) === null && Reflect.ownKeys(prototype).length === 0;
}

// True also for signals of other realms and of polyfills, and for instances of subclasses.
function hasAbortSignalTag(value: object): boolean {
  return (
    Object.prototype.toString.call(value) === '[object AbortSignal]' &&
    !Object.hasOwn(value, Symbol.toStringTag)
  );
}
