import { KeyError } from '../errors.js';
import { kindOf } from './kind.js';
import { percentEncode } from './percent.js';
import { parseField, type TemplateField, fieldText, wrongTemplate } from './template-field.js';

/** A field of a template, and the literal text between it and the next field or the end. */
interface Segment {
  readonly field: TemplateField;
  literal: string;
}

const PIECES = /\{\{|\}\}|\{[^{}]*\}|[{}]|[^{}]+/g;
const RESERVED = /[!-/:-@[-`{-~]/g;
const SEPARATOR = /[!-$&-/:-@[-`{-~]/;

/**
 * Returns a function that makes the key of a call from a template such as `'user:{0}:{1.id}'`. The field
 * `{0}` is the first argument, `{1.id}` a property of the second, `{this.tenant}` a property of the object
 * that the function is called on. `{{` and `}}` are braces. Throws an `OptionError` for an invalid template.
 *
 * Different lists of strings have different keys. Every literal between two fields has a first character c
 * that is printable ASCII and not a letter, a digit or %. The text of a field does not contain c, since such
 * characters of the literals are percent-encoded in it. So in a key read from the left, the first c after
 * the opening literal ends the text of the first field, and so on up to the closing literal. As % itself is
 * encoded, different strings have different texts. (`1` and `'1'` have the same text.)
 */
export function compileTemplate(
  template: string,
  parameters: number,
): (self: unknown, args: readonly unknown[]) => string {
  const { opening, segments } = parseTemplate(template);
  checkTemplate(template, segments, parameters);
  if (segments.length === 0) return (_, args) => constantKey(opening, template, args);
  const literals = opening + segments.map(({ literal }) => literal).join('');
  const reserved = (literals.match(RESERVED) ?? []).map(escape).join('');
  const unsafe = new RegExp(`[\\0- \\x7f%\\p{Surrogate}${reserved}]`, 'u');
  const unsafeRuns = new RegExp(`${unsafe.source}+`, 'gu');
  return (self, args) => {
    let key = opening;
    for (const { field, literal } of segments) {
      const text = fieldText(field, self, args);
      key += (unsafe.test(text) ? percentEncode(text, unsafeRuns) : text) + literal;
    }
    return key;
  };
}

/**
 * Returns the key of a template without fields. Throws a `KeyError` if the call has an argument, which is
 * possible since rest and default parameters do not count in the `length` of a function.
 */
function constantKey(key: string, template: string, args: readonly unknown[]): string {
  for (const arg of args) {
    if (arg === undefined || (typeof arg === 'object' && arg && kindOf(arg) === 'AbortSignal'))
      continue;
    throw new KeyError(
      `\`key\`: the template ${JSON.stringify(template)} has no field, and this call has an argument. Write ` +
        `a field such as {0} for each argument that counts, or key: () => ${JSON.stringify(template)}.`,
    );
  }
  return key;
}

function escape(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16)}`;
}

function parseTemplate(template: string): { opening: string; segments: Segment[] } {
  const segments: Segment[] = [];
  let opening = '';
  for (const { 0: piece, index } of template.matchAll(PIECES)) {
    if (piece === '{' || piece === '}') {
      throw wrongTemplate(
        template,
        `has a ${piece} at position ${index} without a counterpart. Write ${piece}${piece} for the character itself.`,
      );
    }
    if (piece.startsWith('{') && piece !== '{{') {
      segments.push({ field: parseField(piece, template), literal: '' });
      continue;
    }
    const literal = piece === '{{' || piece === '}}' ? piece.charAt(0) : piece;
    const segment = segments.at(-1);
    if (segment === undefined) opening += literal;
    else segment.literal += literal;
  }
  return { opening, segments };
}

function checkTemplate(template: string, segments: readonly Segment[], parameters: number): void {
  if (template === '') {
    throw wrongTemplate(template, "is empty. Write a string with fields, such as 'user:{0}'.");
  }
  if (segments.length === 0 && parameters > 0) {
    throw wrongTemplate(
      template,
      'has no field, so that all calls would share one entry. Write a field such as {0} for each argument ' +
        `that counts, or key: () => ${JSON.stringify(template)} if that is meant.`,
    );
  }
  for (const [index, { field, literal }] of segments.slice(0, -1).entries()) {
    if (SEPARATOR.test(literal)) continue;
    const next = segments[index + 1]?.field.text ?? '';
    const both = `${field.text}${literal}${next}`;
    throw wrongTemplate(
      template,
      `is ambiguous at ${both}. Write a character between the fields that is not a letter, a digit, % or ` +
        `a space, such as ${field.text}:${next}.`,
    );
  }
}
