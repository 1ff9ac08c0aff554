import { builtinOf } from '../platform/builtin-classes.js';
import { describeValue } from '../platform/describe-value.js';

interface Refusal {
  /** The value, described for a message. */
  readonly what: string;
  /** What the caller can pass instead. */
  readonly advice: string;
}

const PRIMITIVE = 'pass the primitive instead';
const ITERATED = 'pass an array of what it yields';
const ANY =
  'pass plain data, give its class a [cacheKey]() or toJSON() method, or set the option `key`';

/** Advice for objects of one tag, and a description where that of the class would say less. */
const TAGS: ReadonlyMap<string, Partial<Refusal> & Pick<Refusal, 'advice'>> = new Map([
  ['Promise', { advice: 'await it before the call' }],
  ['SharedArrayBuffer', { advice: 'pass a copy of its bytes' }],
  ['Error', { advice: 'pass its code or its message' }],
  ['Number', { advice: PRIMITIVE }],
  ['String', { advice: PRIMITIVE }],
  ['Boolean', { advice: PRIMITIVE }],
  ['BigInt', { advice: PRIMITIVE }],
  ['Symbol', { advice: 'pass a string instead' }],
  ['Arguments', { what: 'an arguments object', advice: 'pass an array instead: [...arguments]' }],
  [
    'AbortSignal',
    { what: 'an AbortSignal in this place', advice: 'make it an argument or a property of one' },
  ],
  ['Generator', { what: 'a generator', advice: ITERATED }],
  ['AsyncGenerator', { what: 'an async generator', advice: ITERATED }],
  ['Array Iterator', { what: 'an iterator', advice: ITERATED }],
  ['Map Iterator', { what: 'an iterator', advice: ITERATED }],
  ['Set Iterator', { what: 'an iterator', advice: ITERATED }],
]);

/** Says what a value without identity is, and what can be passed instead. */
export function refusalOf(value: unknown): Refusal {
  if (typeof value !== 'object' || value === null) {
    const advice =
      typeof value === 'symbol'
        ? 'pass a string instead'
        : 'leave it out of the arguments, or set the option `key`';
    return { what: describeValue(value), advice };
  }
  const { what = describeInstance(value), advice = ANY } = TAGS.get(tagOf(value)) ?? {};
  return { what, advice };
}

/** `describeValue` with the built-in class that the object extends, or that it only imitates. */
function describeInstance(value: object): string {
  const what = describeValue(value);
  const prototype = Object.getPrototypeOf(value) as object | null;
  const builtin = prototype === null ? 'Object' : builtinOf(prototype);
  if (prototype === null || builtin !== undefined) {
    const tag = tagOf(value);
    return tag === builtin || TAGS.has(tag) ? what : `${what} that calls itself ${tag}`;
  }
  const parent = builtinAbove(prototype);
  return parent === undefined ? what : `${what}, a subclass of ${parent},`;
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

/** `Date` of `[object Date]`. */
function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** The message of whatever was thrown, with a colon before it; empty where there is none. */
export function messageOf(error: unknown): string {
  const message = (error as { message?: unknown } | null | undefined)?.message;
  return typeof message === 'string' ? `: ${message}` : '';
}
