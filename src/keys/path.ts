import { quote } from './primitive.js';

/** Step from an object to a part of it: a property name, the index of an element, or any other text. */
export type PathStep = string | number | { readonly text: string };

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
const LONGEST_NAME = 60;
const LONGEST_PATH = 200;

/** Formats the path to a value for a message: `argument 1, .user['first%20name'][0]`. */
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

/** Returns true if the name of a property needs no quotes. */
export function isIdentifier(name: string): boolean {
  return IDENTIFIER.test(name);
}
