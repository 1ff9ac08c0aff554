import { KeyError, OptionError } from '../errors.js';
import { describeValue } from '../platform/describe-value.js';
import { messageOf } from './refusal.js';
import { pathText } from './path.js';
import { encodeNumber } from './primitive.js';

/** `{1.user.id}`: where a value comes from, and the names on the way to it. */
export interface TemplateField {
  readonly text: string;
  /** An argument's position, or the object called on. */
  readonly root: number | 'this';
  readonly names: readonly string[];
}

const FIELD = /^\{(this|0|[1-9]\d*)((?:\.[\p{ID_Continue}$-]+)*)\}$/u;
const NAMED = /^\{[\p{ID_Start}$_]/u;
const WRITE_POSITION = 'write the position of an argument, as in {0} or {1.id}, or {this.id}';

export function parseField(text: string, template: string): TemplateField {
  const [, root, path = ''] = FIELD.exec(text) ?? [];
  const names = path.split('.').slice(1);
  if (root === undefined) {
    const isName = NAMED.test(text) && !text.startsWith('{this');
    const problem = isName ? 'a name; placeholders are positions' : 'no placeholder';
    throw wrongTemplate(
      template,
      `${text} is ${text === '{}' ? 'empty' : problem}; ${WRITE_POSITION}`,
    );
  }
  if (root !== 'this') return { text, root: Number(root), names };
  if (names.length > 0) return { text, root, names };
  throw wrongTemplate(template, `${text} is an object; write a property of it, as in {this.id}`);
}

/** The value of a call that the placeholder stands for, as text. */
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
        `${pathOf(field, names.length)}: ${describeValue(value)} cannot be placed at ${text} of ` +
          'a template; only strings, numbers, bigints and booleans can' +
          (value === undefined && root !== 'this'
            ? ' (default values are not seen: a key function can name them)'
            : ''),
      );
  }
}

function readProperty(value: unknown, depth: number, field: TemplateField): unknown {
  const { names, text } = field;
  const name = names[depth] ?? '';
  if (value === undefined || value === null) {
    throw new KeyError(
      `${pathOf(field, depth)}: ${value} has no property ${name}, which ${text} asks for`,
    );
  }
  try {
    return (value as Record<string, unknown>)[name];
  } catch (error) {
    const path = pathOf(field, depth + 1);
    throw new KeyError(`${path}: threw when it was read${messageOf(error)}`, { cause: error });
  }
}

function pathOf({ root, names }: TemplateField, depth: number): string {
  const start = root === 'this' ? root : `argument ${root + 1}`;
  return pathText(start, names.slice(0, depth));
}

export function wrongTemplate(template: string, problem: string): OptionError {
  return new OptionError(`key: template ${JSON.stringify(template)}: ${problem}`);
}
