import { KeyError } from '../errors.js';
import { builtinOf } from '../platform/builtin-classes.js';
import { describeValue } from '../platform/describe-value.js';

/**
 * Arguments whose key would be too large. How large arguments are depends on data, so a call computes
 * without the cache. A control throws this error.
 */
export class BoundsError extends KeyError {}

/** Parts of a message: "is `what`, and a key cannot tell `kinds` apart. `advice`." */
interface Refusal {
  /** Description of the value, with an article. */
  readonly what: string;
  /** A plural for values like this one. */
  readonly kinds: string;
  /** An alternative for the caller, as a command. */
  readonly advice: string;
}

const PRIMITIVE = 'Pass the primitive instead';
const VALUES = 'Pass an array of its values';

const FUNCTION = { kinds: 'functions', advice: 'Pass plain data, or write a `key`' };
const SYMBOL = { kinds: 'symbols', advice: 'Pass a string instead' };
const ANY_OBJECT = {
  kinds: 'such objects',
  advice: 'Pass plain data, give the class a [cacheKey]() or toJSON() method, or write a `key`',
};

/** Exceptions from `ANY_OBJECT`, and from the description of the class, by the tag of the object. */
const TAGS: ReadonlyMap<string, Partial<Refusal>> = new Map([
  ['Promise', { kinds: 'promises', advice: 'Await it before the call' }],
  ['SharedArrayBuffer', { advice: 'Pass a copy of its bytes' }],
  ['Error', { kinds: 'errors', advice: 'Pass its code or its message' }],
  ['Number', { advice: PRIMITIVE }],
  ['String', { advice: PRIMITIVE }],
  ['Boolean', { advice: PRIMITIVE }],
  ['BigInt', { advice: PRIMITIVE }],
  ['Symbol', { advice: 'Pass a string instead' }],
  ['Arguments', { what: 'an arguments object', advice: 'Pass an array instead: [...arguments]' }],
  [
    'AbortSignal',
    {
      what: 'an AbortSignal',
      kinds: 'signals',
      advice: 'Pass it as an argument, or as a property of one',
    },
  ],
  ['Generator', { what: 'a generator', kinds: 'generators', advice: VALUES }],
  ['AsyncGenerator', { what: 'an async generator', kinds: 'generators', advice: VALUES }],
  ['Array Iterator', { what: 'an iterator', kinds: 'iterators', advice: VALUES }],
  ['Map Iterator', { what: 'an iterator', kinds: 'iterators', advice: VALUES }],
  ['Set Iterator', { what: 'an iterator', kinds: 'iterators', advice: VALUES }],
]);

/** Describes a value without identity, and advises what to pass instead. */
export function refusalOf(value: unknown): Refusal {
  if (typeof value !== 'object' || value === null) {
    return { what: describeValue(value), ...(typeof value === 'symbol' ? SYMBOL : FUNCTION) };
  }
  const exception = TAGS.get(tagOf(value));
  return { ...ANY_OBJECT, what: exception?.what ?? describeInstance(value), ...exception };
}

/** Returns `describeValue`, with the built-in class that the object extends or imitates. */
function describeInstance(value: object): string {
  const what = describeValue(value);
  const prototype = Object.getPrototypeOf(value) as object | null;
  const builtin = prototype === null ? 'Object' : builtinOf(prototype);
  if (prototype === null || builtin !== undefined) {
    const tag = tagOf(value);
    return tag === builtin || TAGS.has(tag) ? what : `${what} that calls itself ${tag}`;
  }
  const parent = builtinAbove(prototype);
  return parent === undefined ? what : `${what}, a subclass of ${parent}`;
}

function builtinAbove(prototype: object): string | undefined {
  let above = Object.getPrototypeOf(prototype) as object | null;
  while (above !== null) {
    const kind = builtinOf(above);
    if (kind !== undefined) return kind === 'Object' ? undefined : kind;
    above = Object.getPrototypeOf(above) as object | null;
  }
  return undefined;
}

/** Returns `Date` of `[object Date]`. */
function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** Returns the message of a thrown value, behind a colon. Empty if there is none. */
export function messageOf(error: unknown): string {
  const message = (error as { message?: unknown } | null | undefined)?.message;
  return typeof message === 'string' ? `: ${message}` : '';
}
