import { quote } from './primitive.js';

/** A step to a value: a property's name, an element's index, or the text of any other way in. */
export type PathStep = string | number | { readonly text: string };

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
const LONGEST_NAME = 60;
const LONGEST_PATH = 200;

/** Where a value stands, as a message says it: `argument 1, .user['first name'][0]`. */
export function pathText(root: string, steps: readonly PathStep[]): string {
  const path = steps.map(pathStepText).join('');
  if (path === '') return root;
  const half = LONGEST_PATH / 2;
  return path.length <= LONGEST_PATH
    ? `${root}, ${path}`
    : `${root}, ${path.slice(0, half)} ... ${path.slice(-half)}`;
}

function pathStepText(step: PathStep): string {
  if (typeof step === 'number') return `[${step}]`;
  if (typeof step === 'object') return shorten(step.text);
  return IDENTIFIER.test(step) ? `.${shorten(step)}` : `[${shorten(quote(step))}]`;
}

function shorten(text: string): string {
  return text.length <= LONGEST_NAME ? text : `${text.slice(0, LONGEST_NAME)}...`;
}

/** Whether a property's name can stand without quotes. */
export function isIdentifier(name: string): boolean {
  return IDENTIFIER.test(name);
}
