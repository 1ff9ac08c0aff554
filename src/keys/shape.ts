import { isIdentifier } from './path.js';
import { quote } from './primitive.js';

/** Names of the properties of an object, in their order. Equal lists of names usually share one `Shape`. */
export interface Shape {
  readonly names: readonly string[];
  /** The names as written in a key, `id:` or `'first%20name':`, sorted by code units. */
  readonly labels: readonly string[];
  /** For each label, the position of its name in `names`. */
  readonly order: readonly number[];
  /** Characters of all labels. */
  readonly length: number;
}

// Programs have few shapes, and sorting the names costs more than finding a known shape. An attacker who
// sends arguments of many shapes only displaces known ones.
const MAX_SHAPES = 1_000;
const MAX_PER_FIRST_NAME = 8;
const MAX_NAMES = 50;
const MAX_NAME_LENGTH = 50;
const byFirstName = new Map<string, Shape[]>();
let shapeCount = 0;

export function shapeOf(names: readonly string[]): Shape {
  const candidates = byFirstName.get(names[0] ?? '');
  if (candidates !== undefined) {
    for (const shape of candidates) if (isSameList(shape.names, names)) return shape;
  }
  return createShape(names);
}

function isSameList(knownNames: readonly string[], names: readonly string[]): boolean {
  if (knownNames.length !== names.length) return false;
  for (let i = 0; i < names.length; i++) if (knownNames[i] !== names[i]) return false;
  return true;
}

function createShape(names: readonly string[]): Shape {
  const sorted = [...names].sort();
  const labels = sorted.map((name) => `${isIdentifier(name) ? name : quote(name)}:`);
  const positions = new Map(names.map((name, position) => [name, position]));
  const order = sorted.map((name) => positions.get(name) ?? 0);
  const length = labels.reduce((sum, label) => sum + label.length, 0);
  const shape = { names, labels, order, length };
  if (names.length > MAX_NAMES || !names.every((name) => name.length <= MAX_NAME_LENGTH)) {
    return shape;
  }
  if (shapeCount++ === MAX_SHAPES) {
    byFirstName.clear();
    shapeCount = 1;
  }
  const firstName = names[0] ?? '';
  const shapes = byFirstName.get(firstName) ?? [];
  byFirstName.set(firstName, shapes);
  if (shapes.push(shape) > MAX_PER_FIRST_NAME) shapes.shift();
  return shape;
}
