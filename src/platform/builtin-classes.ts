/** The names of the typed arrays, `Float16Array` included where the platform has it. */
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

/** A class that the platform provides. `Object` is that of plain objects. */
export type BuiltinName = (typeof NAMES)[number];

const nameSet: ReadonlySet<string> = new Set(NAMES);

const byPrototype = new Map<object, BuiltinName>();
for (const name of NAMES) {
  const constructor: unknown = Reflect.get(globalThis, name);
  if (typeof constructor === 'function') byPrototype.set(constructor.prototype as object, name);
}

/**
 * The built-in class of which the value is a direct instance, going by the identity of its prototype;
 * `undefined` for instances of any other class, of a subclass, and without a prototype. An instance from
 * another realm (`node:vm`, Jest, an iframe) counts as one of ours.
 */
export function builtinName(value: object): BuiltinName | undefined {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null ? undefined : builtinOf(prototype);
}

/** The built-in class whose prototype this object is, in this realm or another one. */
export function builtinOf(prototype: object): BuiltinName | undefined {
  // A fake clock puts a class of its own in the place of Date, whose instances are Dates all the same.
  if (prototype === globalThis.Date.prototype) return 'Date';
  return byPrototype.get(prototype) ?? foreignName(prototype);
}

/** Whether the value was made by `Object.create(null)` or the like. */
export function hasNullPrototype(value: object): boolean {
  return Object.getPrototypeOf(value) === null;
}

const NATIVE_CLASS = /^function (\w+)\(\) \{\s*\[native code\]\s*\}$/;

// A class written in JavaScript cannot pass for a native one: its text is not its to choose, and the
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

/** The class of which the object is the prototype, if it names one itself. */
export function ownConstructor(prototype: object): Constructor | undefined {
  const constructor: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  return typeof constructor === 'function' ? constructor : undefined;
}
