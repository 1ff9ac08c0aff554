/** Names of the typed arrays. Not every platform has all of them. */
export const TYPED_ARRAYS = [
  ...(['Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array'] as const),
  ...(['Int32Array', 'Uint32Array', 'BigInt64Array', 'BigUint64Array'] as const),
  ...(['Float16Array', 'Float32Array', 'Float64Array'] as const),
] as const;

const NAMES = [
  ...(['Object', 'Array', 'Date', 'RegExp', 'Map', 'Set', 'URL', 'URLSearchParams'] as const),
  ...(['WeakMap', 'WeakSet', 'WeakRef', 'Promise'] as const),
  ...(['Error', 'EvalError', 'RangeError', 'ReferenceError', 'SyntaxError', 'TypeError'] as const),
  ...(['URIError', 'AggregateError'] as const),
  ...(['ArrayBuffer', 'SharedArrayBuffer', 'DataView', 'Buffer', ...TYPED_ARRAYS] as const),
  ...(['Number', 'String', 'Boolean', 'BigInt', 'Symbol'] as const),
] as const;

/** Name of a class that the platform provides. `Object` is the class of plain objects. */
export type BuiltinName = (typeof NAMES)[number];

const nameSet: ReadonlySet<string> = new Set(NAMES);

const byPrototype = new Map<object, BuiltinName>();
for (const name of NAMES) {
  const constructor: unknown = Reflect.get(globalThis, name);
  if (typeof constructor === 'function') byPrototype.set(constructor.prototype as object, name);
}

/**
 * Returns the name of the built-in class of a direct instance, found by the identity of its prototype.
 * Returns `undefined` for an instance of any other class or of a subclass, and for an object without a
 * prototype. An instance from another realm (`node:vm`, Jest, an iframe) counts as one of this realm.
 */
export function builtinName(value: object): BuiltinName | undefined {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null ? undefined : builtinOf(prototype);
}

/** Returns the name of the built-in class whose prototype this object is, in this realm or another one. */
export function builtinOf(prototype: object): BuiltinName | undefined {
  // A fake clock replaces Date by a class of its own; instances of that class are Dates as well.
  if (prototype === globalThis.Date.prototype) return 'Date';
  return byPrototype.get(prototype) ?? foreignName(prototype);
}

/** Returns true for an object without a prototype, such as `Object.create(null)`. */
export function hasNullPrototype(value: object): boolean {
  return Object.getPrototypeOf(value) === null;
}

const NATIVE_CLASS = /^function (\w+)\(\) \{\s*\[native code\]\s*\}$/;

// A class written in JavaScript cannot imitate a native one: it cannot choose its source text, and the
// `prototype` of a native constructor cannot be replaced.
function foreignName(prototype: object): BuiltinName | undefined {
  const constructor = ownConstructor(prototype);
  if (constructor?.prototype !== prototype) return undefined;
  const name = NATIVE_CLASS.exec(Function.prototype.toString.call(constructor))?.[1];
  return name !== undefined && nameSet.has(name) ? (name as BuiltinName) : undefined;
}

interface Constructor {
  readonly name: string;
  readonly prototype: unknown;
}

/** Returns the `constructor` that a prototype itself declares, if that is a function. */
export function ownConstructor(prototype: object): Constructor | undefined {
  const constructor: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  return typeof constructor === 'function' ? constructor : undefined;
}
