import { KeyError, OptionError } from '../errors.js';
import { describeValue } from '../platform/describe-value.js';
import { messageOf } from './refusal.js';
import { pathText } from './path.js';
import { encodeNumber } from './primitive.js';

/** Field of a template, such as `{1.user.id}`: the start of a path, and the names of the properties on it. */
export interface TemplateField {
  readonly text: string;
  /** Position of an argument, or the object that the function is called on. */
  readonly root: number | 'this';
  readonly names: readonly string[];
}

const FIELD = /^\{(this|0|[1-9]\d*)((?:\.[\p{ID_Continue}$-]+)*)\}$/u;
const NAMED = /^\{[\p{ID_Start}$_]/u;
const ADVICE = 'Write the position of an argument, as in {0} or {1.id}, or {this.id}.';

export function parseField(text: string, template: string): TemplateField {
  const [, root, path = ''] = FIELD.exec(text) ?? [];
  const names = path.split('.').slice(1);
  if (root === undefined) {
    const isName = NAMED.test(text) && !text.startsWith('{this');
    const problem = isName ? 'but fields are positions' : 'which is not a field';
    throw wrongTemplate(template, `has ${text}, ${problem}. ${ADVICE}`);
  }
  if (root !== 'this') return { text, root: Number(root), names };
  if (names.length > 0) return { text, root, names };
  throw wrongTemplate(template, `has ${text}, an object. Write a property of it, as in {this.id}.`);
}

/** Returns the value of a field in a call, as text. Throws a `KeyError` for a value without one. */
export function fieldText(field: TemplateField, self: unknown, args: readonly unknown[]): string {
  const { root, names, text } = field;
  let value = root === 'this' ? self : args[root];
  for (let depth = 0; depth < names.length; depth++) {
    value = readProperty(value, depth, field);
  }
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return encodeNumber(value);
    case 'bigint':
    case 'boolean':
      return String(value);
    default:
      throw new KeyError(
        `${pathOf(field, names.length)} is ${describeValue(value)}, and the field ${text} of a template ` +
          'takes strings, numbers, bigints and booleans only.' +
          (value === undefined && root !== 'this'
            ? ' A default value is not seen here; a key function can apply it.'
            : ''),
      );
  }
}

function readProperty(value: unknown, depth: number, field: TemplateField): unknown {
  const { names, text } = field;
  const name = names[depth] ?? '';
  if (value === undefined || value === null) {
    throw new KeyError(
      `${pathOf(field, depth)} is ${value}, and the field ${text} needs its property ${name}`,
    );
  }
  try {
    return (value as Record<string, unknown>)[name];
  } catch (error) {
    const path = pathOf(field, depth + 1);
    throw new KeyError(`${path} threw when it was read${messageOf(error)}`, { cause: error });
  }
}

function pathOf({ root, names }: TemplateField, depth: number): string {
  const start = root === 'this' ? root : `argument ${root + 1}`;
  return pathText(start, names.slice(0, depth));
}

/** Returns the error for an invalid template. `problem` begins with a verb. */
export function wrongTemplate(template: string, problem: string): OptionError {
  return new OptionError(`\`key\`: the template ${JSON.stringify(template)} ${problem}`);
}
