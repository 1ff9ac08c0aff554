import { builtinName, ownConstructor, type BuiltinName } from './builtin-classes.js';

/** Characters of a string or of a name that a message shows. */
const MAX_LENGTH = 60;

/** The built-in classes whose name says less than these words. */
const WORDS: ReadonlyMap<BuiltinName, string> = new Map([
  ['Object', 'a plain object'],
  ['Array', 'an array'],
  ['Promise', 'a promise'],
  ['Number', 'a boxed number'],
  ['String', 'a boxed string'],
  ['Boolean', 'a boxed boolean'],
  ['BigInt', 'a boxed bigint'],
  ['Symbol', 'a boxed symbol'],
]);

/**
 * Describes a value for a message, in a few words on one line: `5`, `"text"`, `a function`, `an array`,
 * `a plain object`, `a Map`, `an instance of User`. Never throws.
 */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(shorten(value));
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'bigint':
      return `${shorten(String(value))}n`;
    case 'function':
    case 'symbol':
      return withArticle(typeof value);
    case 'object':
      return value === null ? 'null' : describeObject(value);
    default:
      return String(value);
  }
}

function describeObject(value: object): string {
  try {
    const name = builtinName(value);
    if (name !== undefined) return WORDS.get(name) ?? withArticle(name);
    const prototype = Object.getPrototypeOf(value) as object | null;
    if (prototype === null) return 'an object without a prototype';
    const className: unknown = ownConstructor(prototype)?.name;
    return typeof className === 'string' && className !== ''
      ? `an instance of ${JSON.stringify(shorten(className)).slice(1, -1)}`
      : 'an object with a prototype of its own';
  } catch {
    return 'an object'; // a proxy that was revoked, or a name that throws
  }
}

function shorten(text: string): string {
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH)}…`;
}

function withArticle(noun: string): string {
  return `${/^[aeiou]/i.test(noun) && !noun.startsWith('U') ? 'an' : 'a'} ${noun}`;
}
