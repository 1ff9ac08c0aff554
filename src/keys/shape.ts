import { isIdentifier } from './path.js';
import { quote } from './primitive.js';

/** Names of an object's properties, in the order in which they are given. One object for one list of names. */
export interface Shape {
  readonly names: readonly string[];
  /** The names as they stand in a key, `id:` or `'first%20name':`, in the order of code units. */
  readonly labels: readonly string[];
  /** For each label, the position of its name in `names`. */
  readonly order: readonly number[];
}

// Programs have few shapes, and sorting costs more than finding one again. Shapes made up by whoever sends
// the arguments only drive out known ones.
const MAX_SHAPES = 1_000;
const MAX_ALIKE = 8;
const MAX_NAMES = 50;
const MAX_NAME_LENGTH = 50;
const byFirstName = new Map<string, Shape[]>();
let count = 0;

export function shapeOf(names: readonly string[]): Shape {
  const alike = byFirstName.get(names[0] ?? '');
  if (alike !== undefined) {
    for (const shape of alike) if (isSame(shape.names, names)) return shape;
  }
  return learn(names);
}

function isSame(known: readonly string[], names: readonly string[]): boolean {
  if (known.length !== names.length) return false;
  for (let i = 0; i < names.length; i++) if (known[i] !== names[i]) return false;
  return true;
}

function learn(names: readonly string[]): Shape {
  const sorted = [...names].sort();
  const labels = sorted.map((name) => `${isIdentifier(name) ? name : quote(name)}:`);
  const places = new Map(names.map((name, place) => [name, place]));
  const shape = { names, labels, order: sorted.map((name) => places.get(name) ?? 0) };
  if (names.length > MAX_NAMES || !names.every((name) => name.length <= MAX_NAME_LENGTH)) {
    return shape;
  }
  if (count++ === MAX_SHAPES) {
    byFirstName.clear();
    count = 1;
  }
  const firstName = names[0] ?? '';
  const alike = byFirstName.get(firstName) ?? [];
  byFirstName.set(firstName, alike);
  if (alike.push(shape) > MAX_ALIKE) alike.shift();
  return shape;
}
