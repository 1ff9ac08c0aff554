import { isIdentifier } from './path.js';
import { quote } from './primitive.js';

/** The names of an object's properties in the order of code units, and as they stand in a key. */
export interface Shape {
  readonly names: readonly string[];
  /** `id:`, or `'first%20name':`. */
  readonly labels: readonly string[];
}

interface Known extends Shape {
  readonly given: readonly string[];
}

// Programs have few shapes, and sorting costs more than finding one again. What is made up from the
// outside only drives out what is remembered.
const MOST_SHAPES = 1_000;
const MOST_ALIKE = 8;
const MOST_NAMES = 50;
const LONGEST_NAME = 50;
const shapesByFirstName = new Map<string, Known[]>();
let count = 0;

export function shapeOf(given: readonly string[]): Shape {
  const alike = shapesByFirstName.get(given[0] ?? '');
  if (alike !== undefined) {
    for (const shape of alike) if (isSame(shape.given, given)) return shape;
  }
  return learn(given);
}

function isSame(known: readonly string[], given: readonly string[]): boolean {
  if (known.length !== given.length) return false;
  for (let i = 0; i < given.length; i++) if (known[i] !== given[i]) return false;
  return true;
}

function learn(given: readonly string[]): Shape {
  const names = [...given].sort();
  const labels = names.map((name) => `${isIdentifier(name) ? name : quote(name)}:`);
  const shape = { given, names, labels };
  if (given.length <= MOST_NAMES && given.every((name) => name.length <= LONGEST_NAME)) {
    remember(given[0] ?? '', shape);
  }
  return shape;
}

function remember(firstName: string, shape: Known): void {
  if (count++ === MOST_SHAPES) {
    shapesByFirstName.clear();
    count = 1;
  }
  const alike = shapesByFirstName.get(firstName) ?? [];
  shapesByFirstName.set(firstName, alike);
  if (alike.push(shape) > MOST_ALIKE) alike.shift();
}
