import { KeyError, OptionError } from '../errors.js';
import { describeValue } from '../platform/describe-value.js';
import { ignoreRejection, isPromise } from '../platform/maybe-promise.js';
import { messageOf } from './refusal.js';
import { encodeArguments, encodeValue } from './encode.js';
import { percentEncode } from './percent.js';
import { compileTemplate } from './template.js';

type KeyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** What keys are derived from beside the calls. */
export interface KeyOptions {
  /** A template, or a function of `this` and the arguments. Without it keys come from all arguments. */
  readonly key?: string | ((this: never, ...args: never[]) => unknown) | undefined;
  /** Part of derived keys. */
  readonly version?: string | number | undefined;
  /** The prefix of derived keys. A method may not know its class before it is called on an object. */
  readonly name: (self: unknown) => string;
  /** How many parameters the function declares. */
  readonly parameters: number;
  /** Whether derived keys tell the objects apart that the function is called on. */
  readonly perInstance: boolean;
}

export interface KeyDerivation {
  /**
   * What settles the key of a call:
   * - `arguments`: these alone, as far as they can be read (see `Reading`);
   * - `instance`: likewise, and the object that the function is called on;
   * - `primitives`: the arguments alone, as long as all are primitives;
   * - `unknown`: more than can be told.
   */
  readonly determinedBy: 'arguments' | 'instance' | 'primitives' | 'unknown';
  /** The key of a call. Throws a KeyError for a call that can have none. */
  key(self: unknown, args: readonly unknown[]): string;
  /**
   * What the keys of such a call start with, on whichever object: only where objects are kept apart.
   * A call on no object has no part in it, and while there was none on an object there is no start.
   */
  allInstances?(args: readonly unknown[]): string | undefined;
}

const UNSAFE_IN_NAME = /[^!"$&')-?A-~]+/gu;

/** How the calls of one function get their keys. Throws an OptionError for options that cannot work. */
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
  let hasInstanceKeys = false; // whether it was ever called on an object
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

// Name and version in a form that holds no (, # or @ of its own: the first of these ends it.
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

/** Tells apart what the function is called on: objects by number, primitives as they are encoded. */
function instanceSuffix(self: unknown): string {
  if (self === undefined || self === null || self === globalThis) return '';
  if (typeof self !== 'object' && typeof self !== 'function') return `#${encodeArguments([self])}`;
  return `#${instanceNumber(self)}`;
}

const instanceNumbers = new WeakMap<object, number>();
let lastNumber = 0;

/** A number that no other object of this process has, from 1 on. The object is not kept alive. */
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
  return `${prefix(self)}(${encodeValue(result, 'the result of key')})`;
}

/** A text is the key as it is, unless it would pass for the encoded answer to another call. */
function verbatimKey(text: string, self: unknown, prefix: (self: unknown) => string): string {
  if (!text.endsWith(')') || !text.startsWith(`${prefixOrText(text, self, prefix)}(`)) return text;
  throw new KeyError(
    `key: the function returned ${describeValue(text)}, which reads like a derived key of the same function; ` +
      'return a text of another form',
  );
}

function prefixOrText(text: string, self: unknown, prefix: (self: unknown) => string): string {
  try {
    return prefix(self);
  } catch {
    return text; // without a name there are no encoded answers that it could meet
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
    throw new KeyError(`key: the function threw${messageOf(error)}`, { cause: error });
  }
  if (isPromised) {
    throw new KeyError('key: the function returned a promise; a key has to be there at once');
  }
  if (result === undefined) {
    throw new KeyError('key: the function returned undefined; does it lack a return?');
  }
  return result;
}

function checkKey(key: unknown): void {
  if (key === undefined || typeof key === 'string' || typeof key === 'function') return;
  throw new OptionError(
    `key: ${describeValue(key)} is no key; write a template such as 'user:{0}', or a function of the arguments`,
  );
}

/** Throws an OptionError for a version that is none, or beside a key of the user's own. */
export function checkVersion(version: unknown, key: unknown): void {
  if (version === undefined) return;
  const isText = typeof version === 'string' && version !== '';
  if (!isText && !Number.isFinite(version)) {
    throw new OptionError(
      `version: ${describeValue(version)} is no version; write a number, or a text that is not empty`,
    );
  }
  if (key === undefined) return;
  throw new OptionError(
    `version: ${describeValue(version)} is part of derived keys only; put it into the template, as in ` +
      "'user:v2:{0}', or into what the key function returns",
  );
}
