import { KeyError, OptionError } from '../errors.js';
import { describeValue } from '../platform/describe-value.js';
import { ignoreRejection, isPromise } from '../platform/maybe-promise.js';
import { messageOf } from './refusal.js';
import { encodeArguments, encodeValue } from './encode.js';
import { percentEncode } from './percent.js';
import { compileTemplate } from './template.js';

type KeyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** Options of a key derivation. */
export interface KeyOptions {
  /** A template, or a function of `this` and the arguments. Without it the key contains all arguments. */
  readonly key?: string | ((this: never, ...args: never[]) => unknown) | undefined;
  /** Part of derived keys. */
  readonly version?: string | number | undefined;
  /** Prefix of derived keys, for the object of a call: a method may not know its class before a call. */
  readonly name: (self: unknown) => string;
  /** Number of parameters that the function declares. */
  readonly parameters: number;
  /** True if derived keys contain a number for the object that the function is called on. */
  readonly perInstance: boolean;
}

export interface KeyDerivation {
  /**
   * The parts of a call that determine its key:
   * - `arguments`: the arguments;
   * - `instance`: the arguments, and the object that the function is called on;
   * - `primitives`: the arguments, if all of them are primitives;
   * - `unknown`: other state as well, such as a property of `this`.
   */
  readonly determinedBy: 'arguments' | 'instance' | 'primitives' | 'unknown';
  /** Returns the key of a call. Throws a `KeyError` if the call has none. */
  key(self: unknown, args: readonly unknown[]): string;
  /**
   * Returns the prefix that the keys of calls with these arguments share, on whichever object; the key of a
   * call on no object does not have it. Returns `undefined` before the first call on an object. Present if
   * `determinedBy` is `instance`.
   */
  allInstances?(args: readonly unknown[]): string | undefined;
}

const UNSAFE_IN_NAME = /[^!"$&')-?A-~]+/gu;

/** Returns the key derivation of one function. Throws an `OptionError` for an invalid option. */
export function keyDerivation(options: KeyOptions): KeyDerivation {
  const { key, version, parameters } = options;
  checkKey(key);
  checkVersion(version, key);
  if (typeof key === 'string') {
    const determinedBy = key.includes('{this') ? 'unknown' : 'primitives';
    return { key: compileTemplate(key, parameters), determinedBy };
  }
  const prefix = prefixOf(options);
  if (key !== undefined)
    return {
      key: (self, args) => keyByFunction(key as KeyFunction, self, args, prefix),
      determinedBy: 'unknown',
    };
  if (!options.perInstance) {
    return {
      key: (self, args) => prefix(self) + encodeArguments(args),
      determinedBy: 'arguments',
    };
  }
  let hasInstanceKeys = false; // true after the first call on an object
  return {
    determinedBy: 'instance',
    key: (self, args) => {
      const suffix = instanceSuffix(self);
      hasInstanceKeys ||= suffix !== '';
      return prefix(self) + encodeArguments(args) + suffix;
    },
    allInstances: (args) =>
      hasInstanceKeys ? `${prefix(undefined)}${encodeArguments(args)}#` : undefined,
  };
}

/** Encodes name and version. The result contains no (, # or @ of either, so the first of these ends it. */
function prefixOf({ name, version }: KeyOptions): (self: unknown) => string {
  const suffix = version === undefined ? '' : `@${percentEncode(`${version}`, UNSAFE_IN_NAME)}`;
  let lastName: string | undefined;
  let prefix = '';
  return (self) => {
    const currentName = name(self);
    if (currentName !== lastName) {
      prefix = percentEncode(currentName, UNSAFE_IN_NAME) + suffix;
      lastName = currentName;
    }
    return prefix;
  };
}

/** Returns the suffix for `this`: the number of an object, or the encoding of a primitive. */
function instanceSuffix(self: unknown): string {
  if (self === undefined || self === null || self === globalThis) return '';
  if (typeof self !== 'object' && typeof self !== 'function') return `#${encodeArguments([self])}`;
  return `#${instanceNumber(self)}`;
}

const instanceNumbers = new WeakMap<object, number>();
let lastNumber = 0;

/** Returns a number from 1 that no other object of this process has. Does not keep the object alive. */
export function instanceNumber(instance: object): number {
  const number = instanceNumbers.get(instance);
  if (number !== undefined) return number;
  instanceNumbers.set(instance, (lastNumber += 1));
  return lastNumber;
}

function keyByFunction(
  key: KeyFunction,
  self: unknown,
  args: readonly unknown[],
  prefix: (self: unknown) => string,
): string {
  const result = callKeyFunction(key, self, args);
  if (typeof result === 'string') return verbatimKey(result, self, prefix);
  return `${prefix(self)}(${encodeValue(result, 'the result of `key`')})`;
}

/** Returns a string result as the key, unchanged. Throws if it could equal the encoding of another result. */
function verbatimKey(text: string, self: unknown, prefix: (self: unknown) => string): string {
  if (!text.endsWith(')') || !text.startsWith(`${prefixOrText(text, self, prefix)}(`)) return text;
  throw new KeyError(
    `\`key\` returned ${describeValue(text)}, which reads like a derived key of the same function. ` +
      'Return a string of another form.',
  );
}

function prefixOrText(text: string, self: unknown, prefix: (self: unknown) => string): string {
  try {
    return prefix(self);
  } catch {
    return text; // a function without a name has no encoded results
  }
}

function callKeyFunction(key: KeyFunction, self: unknown, args: readonly unknown[]): unknown {
  let result: unknown;
  let isPromised: boolean;
  try {
    result = Reflect.apply(key, self, args);
    isPromised = isPromise(result);
    ignoreRejection(result);
  } catch (error) {
    throw new KeyError(`\`key\` threw${messageOf(error)}`, { cause: error });
  }
  if (isPromised) {
    throw new KeyError('`key` must return a string or plain data, but returned a promise');
  }
  if (result === undefined) {
    throw new KeyError(
      '`key` must return a string or plain data, but returned undefined. Is a `return` missing?',
    );
  }
  return result;
}

function checkKey(key: unknown): void {
  if (key === undefined || typeof key === 'string' || typeof key === 'function') return;
  throw new OptionError(
    "`key` must be a template such as 'user:{0}' or a function of the arguments, " +
      `but is ${describeValue(key)}`,
  );
}

/** Throws an `OptionError` for an invalid version, or for one beside the option `key`. */
export function checkVersion(version: unknown, key: unknown): void {
  if (version === undefined) return;
  const isText = typeof version === 'string' && version !== '';
  if (!isText && !Number.isFinite(version)) {
    throw new OptionError(
      `\`version\` must be a finite number or a non-empty string, but is ${describeValue(version)}`,
    );
  }
  if (key === undefined) return;
  throw new OptionError(
    '`version` is part of derived keys only, and has no effect beside `key`. Put it into the template, as in ' +
      "'user:v2:{0}', or into the result of the key function.",
  );
}
