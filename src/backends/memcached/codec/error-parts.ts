import { CodecError } from '../../../errors.js';
import { builtinName } from '../../../platform/builtin-classes.js';

/**
 * The class and the own properties of an error: `shown` are the enumerable ones, `hidden` the others. The
 * three names are part of the stored form.
 */
export interface ErrorParts {
  readonly type: string;
  readonly hidden: Readonly<Record<string, unknown>>;
  readonly shown: Readonly<Record<string, unknown>>;
}

const factories: Readonly<Record<string, () => Error>> = {
  Error: () => new Error(),
  EvalError: () => new EvalError(),
  RangeError: () => new RangeError(),
  ReferenceError: () => new ReferenceError(),
  SyntaxError: () => new SyntaxError(),
  TypeError: () => new TypeError(),
  URIError: () => new URIError(),
  AggregateError: () => new AggregateError([]),
};

/** Returns whether the value is an error of a built-in class, not of a subclass. */
export function isNativeError(value: unknown): value is Error {
  return typeof value === 'object' && value !== null && Object.hasOwn(factories, className(value));
}

/** Returns the parts of an error. Properties with a symbol for a name are left out. */
export function errorParts(error: Error): ErrorParts {
  const hidden: Record<string, unknown> = {};
  const shown: Record<string, unknown> = {};
  for (const name of Object.getOwnPropertyNames(error)) {
    const part = Object.prototype.propertyIsEnumerable.call(error, name) ? shown : hidden;
    part[name] = Reflect.get(error, name);
  }
  return { type: className(error), hidden, shown };
}

/** Inverse of `errorParts`. Throws a `CodecError` if the argument is not the parts of an error. */
export function errorFrom(parts: unknown): Error {
  const { type, hidden, shown } = (parts ?? {}) as Partial<Record<keyof ErrorParts, unknown>>;
  const create =
    typeof type === 'string' && Object.hasOwn(factories, type) ? factories[type] : undefined;
  if (create === undefined || !isObject(hidden) || !isObject(shown)) {
    throw new CodecError('cannot be decoded: an error without its parts');
  }
  const error = create();
  for (const name of Object.getOwnPropertyNames(error)) Reflect.deleteProperty(error, name);
  define(error, hidden, false);
  define(error, shown, true);
  return error;
}

function define(error: Error, properties: object, enumerable: boolean): void {
  for (const [name, value] of Object.entries(properties)) {
    const attributes = { enumerable, writable: true, configurable: true };
    Object.defineProperty(error, name, { value: value as unknown, ...attributes });
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function className(value: object): string {
  return builtinName(value) ?? '';
}
