import { KeyError } from '../errors.js';
import { kindOf } from './kind.js';
import { percentEncode } from './percent.js';
import { parseField, type TemplateField, fieldText, wrongTemplate } from './template-field.js';

/** One placeholder of a template, and the literal text up to the next one or to the end. */
interface Segment {
  readonly field: TemplateField;
  literal: string;
}

const PIECES = /\{\{|\}\}|\{[^{}]*\}|[{}]|[^{}]+/g;
const RESERVED = /[!-/:-@[-`{-~]/g;
const SEPARATOR = /[!-$&-/:-@[-`{-~]/;

/**
 * A function that writes a call into a template such as `'user:{0}:{1.id}'`: `{0}` is the first argument,
 * `{1.id}` a property of the second, `{this.tenant}` one of the object called on; `{{` and `}}` are braces.
 * Throws an OptionError for a template that cannot work.
 *
 * No two lists of strings make one key. Every literal between two placeholders has a first character c
 * that is printable ASCII and no letter, digit or %, and no placed text holds c, for such characters of
 * the literals are percent-encoded in it. So read from the left: after the opening literal, the first c
 * is the separator's, and tells where the first placed text ends; and so on up to the closing literal.
 * As % itself is encoded, a placed text comes from one string only. (`1` and `'1'` meet: both are text.)
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

/** Where no argument counts, there must be none: a default or a rest parameter is not declared as one. */
function constantKey(key: string, template: string, args: readonly unknown[]): string {
  for (const arg of args) {
    if (arg === undefined || (typeof arg === 'object' && arg && kindOf(arg) === 'AbortSignal'))
      continue;
    throw new KeyError(
      `key: template ${JSON.stringify(template)} has no placeholder, and this call has an argument; write ` +
        `one for each argument that counts, such as {0}, or key: () => ${JSON.stringify(template)}`,
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
        `the ${piece} at position ${index} has no counterpart; write ${piece}${piece} for the character itself`,
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
    throw wrongTemplate(
      template,
      "it is empty; write a text with placeholders, such as 'user:{0}'",
    );
  }
  if (segments.length === 0 && parameters > 0) {
    throw wrongTemplate(
      template,
      'it has no placeholder, so that all calls would share one entry; write one for each argument that ' +
        `counts, such as {0}, or key: () => ${JSON.stringify(template)} if that is meant`,
    );
  }
  for (const [index, { field, literal }] of segments.slice(0, -1).entries()) {
    if (SEPARATOR.test(literal)) continue;
    const next = segments[index + 1]?.field.text ?? '';
    const both = `${field.text}${literal}${next}`;
    throw wrongTemplate(
      template,
      `${both} is ambiguous; write a character between them that is no letter, digit, % or space, ` +
        `such as ${field.text}:${next}`,
    );
  }
}
