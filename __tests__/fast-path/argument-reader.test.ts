import fc from 'fast-check';
import { encodeArguments } from '../../src/keys/encode.js';
import { Reading } from '../../src/fast-path/argument-reader.js';
import {
  arePrimitives,
  hashOf,
  hashOfPrimitives,
  type Tokens,
} from '../../src/fast-path/argument-tokens.js';

/** What is read of arguments, if they are plain. */
function read(args: readonly unknown[], thorough = false): Tokens | undefined {
  const reading = new Reading();
  return reading.of(args, thorough) ? reading.copy() : undefined;
}

const primitive = fc.oneof(
  fc.constantFrom<unknown>(0, -0, 1, NaN, 0.5, '', '0', 'a', 'ab', true, false, null, undefined),
  fc.constantFrom<unknown>(0n, 1n, -1n, 'true', 'null', '1', '1n'),
);
const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    { weight: 4, arbitrary: primitive },
    { weight: 1, arbitrary: fc.array(tie('any'), { maxLength: 3 }) },
    {
      weight: 1,
      arbitrary: fc.dictionary(fc.constantFrom('a', 'b', '0', '1'), tie('any'), {
        maxKeys: 3,
        noNullPrototype: true,
      }),
    },
  ),
})).any;
const list = fc.array(value, { maxLength: 3 });

test('arguments with equal tokens have one key', () => {
  let pairs = 0;
  const keys = new Map<string, string>();
  const nameOf = (token: unknown): string =>
    typeof token === 'string' || typeof token === 'number'
      ? `${typeof token} ${token}`
      : JSON.stringify(token);
  fc.assert(
    fc.property(list, (args) => {
      const tokens = read(args);
      if (tokens === undefined) return;
      const name = tokens.slice(1).map(nameOf).join('\0');
      const key = encodeArguments(args);
      if (keys.has(name)) pairs += 1;
      expect(keys.get(name) ?? key).toBe(key);
      keys.set(name, key);
    }),
    { numRuns: 20_000 },
  );
  expect(pairs).toBeGreaterThan(1_000);
});

test('primitives are told apart without being read as they are when they are read', () => {
  const primitives = fc.array(primitive, { maxLength: 3 });
  let compared = 0;
  fc.assert(
    fc.property(primitives, fc.oneof(primitives, list), fc.boolean(), (args, other, thorough) => {
      const hash = hashOfPrimitives(args, thorough);
      if (hash === undefined) return;
      compared += 1;
      const [mine, others] = [read(args, thorough)!, read(other, thorough)!];
      expect(hash).toBe(hashOf(mine));
      expect(arePrimitives(args, mine)).toBe(true);
      const reading = new Reading();
      reading.of(args, thorough);
      expect(arePrimitives(args, others)).toBe(reading.matches(others));
    }),
    { numRuns: 5_000 },
  );
  expect(compared).toBeGreaterThan(1_000);
});

test('what is read equals itself, with one hash, and no other', () => {
  fc.assert(
    fc.property(list, list, fc.boolean(), (one, other, thorough) => {
      const [first, second] = [read(one, thorough)!, read(other, thorough)!];
      const reading = new Reading();
      expect(reading.of(copyOf(one) as unknown[], thorough)).toBe(true);
      expect(reading.matches(first)).toBe(true);
      expect(reading.hash).toBe(hashOf(first));
      const alike = encodeArguments(one) === encodeArguments(other);
      if (!alike) expect(reading.matches(second)).toBe(false);
    }),
  );
});

test('all that a plain argument can differ in is in the thorough hash', () => {
  const hashes = [
    ...[[], [0], [1], [2 ** 32], [0.5], [0.25], [''], ['a'], ['aa'], ['ab'], ['ba']],
    ...[[true], [false], [null], [undefined], [7n], [8n], ['begin x end'], ['begin y end']],
  ].map((args) => hashOf(read(args, true)!));
  expect(new Set(hashes).size).toBe(hashes.length);
});

test.each<[string, unknown, unknown]>([
  ['tokens', Array(29_000).fill(0), Array(30_001).fill(0)],
  ['properties of one object', propertiesOf(1_000), propertiesOf(1_001)],
  ['characters in a text', 'x'.repeat(2 ** 20), 'x'.repeat(2 ** 20 + 1)],
  ['characters in a name', { ['x'.repeat(1_000_000)]: 1 }, { ['x'.repeat(1_050_000)]: 1 }],
  ['characters in all', Array(10).fill('x'.repeat(100_000)), Array(11).fill('x'.repeat(100_000))],
  ['levels', nested(15), nested(17)],
])('is bounded in %s', (_, within, beyond) => {
  expect(read([within])).toBeDefined();
  expect(read([beyond])).toBeUndefined();
});

test.each<[string, unknown]>([
  [
    'an array with a hidden element and a name',
    Object.assign(Object.defineProperty([] as unknown[], 0, { value: 'x' }), { more: 1 }),
  ],
  ['an object with a hidden property', Object.defineProperty({ a: 1 }, 'hidden', { value: 1 })],
])('%s is not plain', (_, argument) => {
  expect(read([argument])).toBeUndefined();
});

test('nothing is plain while all objects inherit something that enumerates', () => {
  const polluted = Object.prototype as { inherited?: number };
  polluted.inherited = 1;
  try {
    expect(read([{ a: 1 }])).toBeUndefined();
  } finally {
    delete polluted.inherited;
  }
  expect(read([{ a: 1 }])).toBeDefined();
});

test('is refused while another is under way', () => {
  const reading = new Reading();
  const answers: boolean[] = [];
  const asking = {
    get n(): number {
      answers.push(reading.of([1], false));
      return 5;
    },
  };
  expect(reading.of([asking], false)).toBe(true);
  expect(answers).toEqual([false]);
  expect(reading.matches(read([{ n: 5 }])!)).toBe(true);
});

/** A copy of this realm: Jest's `structuredClone` makes arrays of another. */
function copyOf(one: unknown): unknown {
  if (Array.isArray(one)) return one.map(copyOf);
  if (typeof one !== 'object' || one === null) return one;
  return Object.fromEntries(Object.entries(one).map(([name, part]) => [name, copyOf(part)]));
}

function propertiesOf(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`p${n}`, n]));
}

function nested(depth: number): unknown {
  return depth === 0 ? 1 : [nested(depth - 1)];
}
