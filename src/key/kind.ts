export type TypedArrayName =
  | `${'Int' | 'Uint'}${8 | 16 | 32}Array`
  | 'Uint8ClampedArray'
  | `Float${16 | 32 | 64}Array`
  | `Big${'Int' | 'Uint'}64Array`;

/** What an object is by its prototype: a builtin, `'null'` without one, else `'other'`. */
export type Kind =
  | ('null' | 'other' | 'Object' | 'Array' | 'Date' | 'RegExp' | 'URL' | 'Map' | 'Set')
  | ('ArrayBuffer' | 'DataView' | 'Buffer' | 'AbortSignal')
  | TypedArrayName;

const NATIVE: readonly Kind[] = [
  ...(['Object', 'Array', 'Date', 'RegExp', 'Map', 'Set', 'ArrayBuffer', 'DataView'] as const),
  ...(['Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array'] as const),
  ...(['Int32Array', 'Uint32Array', 'BigInt64Array', 'BigUint64Array'] as const),
  ...(['Float16Array', 'Float32Array', 'Float64Array'] as const),
];
// Not native functions everywhere, so known in this realm only.
const HOSTED: readonly Kind[] = ['URL', 'Buffer', 'AbortSignal'];

// No program can write a function with this source: `[native code]` is not JavaScript.
const NATIVE_CONSTRUCTOR = /^\s*function\s+(\w+)\s*\(\)\s*\{\s*\[native code\]\s*\}\s*$/;

const objectPrototype = Object.prototype;
const kinds = new WeakMap<object, Kind>();
for (const name of [...NATIVE, ...HOSTED]) {
  const builtin = (globalThis as Record<string, unknown>)[name];
  if (typeof builtin === 'function') kinds.set(builtin.prototype as object, name);
}

export function kindOf(value: object): Kind {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === objectPrototype) return 'Object';
  return prototype === null ? 'null' : (kinds.get(prototype) ?? learn(prototype, value));
}

/** The builtin whose prototype this object is, in this realm or another one. */
export function builtinOf(prototype: object): Kind | undefined {
  const kind = kinds.get(prototype) ?? foreignBuiltin(prototype);
  return kind === 'other' ? undefined : kind;
}

function learn(prototype: object, value: object): Kind {
  const kind = foreignBuiltin(prototype) ?? (isAbortSignal(value) ? 'AbortSignal' : 'other');
  kinds.set(prototype, kind);
  return kind;
}

// Objects of other realms (iframes, vm contexts, Jest) are as good as ours.
function foreignBuiltin(prototype: object): Kind | undefined {
  const builtin: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  if (typeof builtin !== 'function' || builtin.prototype !== prototype) return undefined;
  const name = NATIVE_CONSTRUCTOR.exec(Function.prototype.toString.call(builtin))?.[1];
  return NATIVE.find((kind) => kind === name);
}

// Also the signals of other realms and of polyfills, and classes that extend ours.
function isAbortSignal(value: object): boolean {
  return (
    Object.prototype.toString.call(value) === '[object AbortSignal]' &&
    !Object.hasOwn(value, Symbol.toStringTag)
  );
}
