import { CodecError } from '../../../errors.js';
import { builtinName } from '../../../platform/builtin-classes.js';

/** What an error consists of: its class, and its own properties, those that enumerate apart. */
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

/** Whether the value is an error of one of the language's own classes, not of a subclass. */
export function isNativeError(value: unknown): value is Error {
  return typeof value === 'object' && value !== null && Object.hasOwn(factories, className(value));
}

/** The parts of an error that has no properties under symbols. */
export function errorParts(error: Error): ErrorParts {
  const hidden: Record<string, unknown> = {};
  const shown: Record<string, unknown> = {};
  for (const name of Object.getOwnPropertyNames(error)) {
    const part = Object.prototype.propertyIsEnumerable.call(error, name) ? shown : hidden;
    part[name] = Reflect.get(error, name);
  }
  return { type: className(error), hidden, shown };
}

/** The error that has these parts. Throws a CodecError when they are not those of an error. */
export function errorFrom(parts: unknown): Error {
  const { type, hidden, shown } = (parts ?? {}) as Partial<Record<keyof ErrorParts, unknown>>;
  const create =
    typeof type === 'string' && Object.hasOwn(factories, type) ? factories[type] : undefined;
  if (create === undefined || !isObject(hidden) || !isObject(shown)) {
    throw new CodecError('cannot be read: the parts of an error are missing');
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
