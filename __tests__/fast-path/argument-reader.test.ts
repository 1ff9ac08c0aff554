import fc from 'fast-check';
import { ArgumentReader } from '../../src/fast-path/argument-reader.js';
import { encodeArguments } from '../../src/keys/encode.js';
import { isSameToken, type Token } from '../../src/keys/tokens.js';

/** The tokens of plain arguments; `undefined` for others. */
function read(args: readonly unknown[]): readonly Token[] | undefined {
  const reader = new ArgumentReader();
  return reader.read(args) ? reader.tokens.slice(0, reader.count) : undefined;
}

function haveEqualTokens(one: readonly unknown[], other: readonly unknown[]): boolean {
  const [first, second] = [read(one)!, read(other)!];
  return (
    first.length === second.length && first.every((token, at) => isSameToken(token, second[at]))
  );
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
      arbitrary: fc.dictionary(fc.constantFrom('a', 'b', '0', '1'), tie('any'), { maxKeys: 3 }),
    },
  ),
})).any;
const list = fc.array(value, { maxLength: 3 });

test('arguments with equal tokens have one key, and equal ones in the same order have equal tokens', () => {
  let pairs = 0;
  const withoutTrailing = (args: readonly unknown[]): readonly unknown[] =>
    args.at(-1) === undefined && args.length > 0 ? withoutTrailing(args.slice(0, -1)) : args;
  fc.assert(
    fc.property(list, list, (one, given) => {
      const [a, b] = [withoutTrailing(one), withoutTrailing(given)];
      const alike = encodeArguments(a) === encodeArguments(b);
      if (alike) pairs += 1;
      else expect(haveEqualTokens(a, b)).toBe(false);
      expect(haveEqualTokens(a, copyOf(a) as unknown[])).toBe(true);
    }),
    { numRuns: 20_000 },
  );
  expect(pairs).toBeGreaterThan(200);
});

test.each<[string, unknown, unknown]>([
  ['parts', Array(9_999).fill(0), Array(10_000).fill(0)],
  ['characters', 'x'.repeat(2 ** 20), 'x'.repeat(2 ** 20 + 1)],
  ['characters in all', Array(10).fill('x'.repeat(100_000)), Array(11).fill('x'.repeat(100_000))],
  ['levels', nested(100), nested(101)],
])('the reader has the bounds of keys: %s', (_, within, beyond) => {
  expect(read([within])).toBeDefined();
  expect(read([beyond])).toBeUndefined();
  expect(() => encodeArguments([beyond])).toThrow();
});

test.each<[string, unknown]>([
  ['a Date', new Date(0)],
  ['a Map', new Map()],
  ['a function', () => 1],
  ['a symbol', Symbol('a')],
  ['an instance of a class', new (class A {})()],
  ['an object with toJSON', { toJSON: () => 1 }],
  ['an object with a hidden toJSON', Object.defineProperty({}, 'toJSON', { value: () => 1 })],
  ['an object with a property under a symbol', { [Symbol('a')]: 1 }],
  ['an object with a tag', { [Symbol.toStringTag]: 'Date' }],
  ['an array with a property', Object.assign([1], { extra: 1 })],
  ['a circular object', circular()],
])('%s is not plain', (_, argument) => {
  expect(read([argument])).toBeUndefined();
  expect(read([{ inside: [argument] }])).toBeUndefined();
});

test('objects are not plain while all of them inherit something that enumerates', () => {
  const polluted = Object.prototype as { b?: number };
  const reader = new ArgumentReader();
  expect(reader.read([{ a: 1, b: 1 }])).toBe(true);
  polluted.b = 1;
  try {
    expect(reader.read([{ a: 1 }])).toBe(false);
    expect(encodeArguments([{ a: 1 }])).toBe('({a:1})');
  } finally {
    delete polluted.b;
  }
  expect(reader.read([{ a: 1 }])).toBe(true);
});

test('a reader that has read other objects before reads the same tokens', () => {
  const reader = new ArgumentReader();
  fc.assert(
    fc.property(list, (args) => {
      expect(reader.read(args)).toBe(true);
      const again = reader.tokens.slice(0, reader.count);
      const fresh = read(args)!;
      expect(again.length).toBe(fresh.length);
      expect(again.every((token, at) => isSameToken(token, fresh[at]))).toBe(true);
    }),
    { numRuns: 5_000 },
  );
});

test('a reader that is busy refuses: a getter of an argument may call the same function', () => {
  const reader = new ArgumentReader();
  const answers: boolean[] = [];
  const asking = {
    get n(): number {
      answers.push(reader.read([{ other: 1 }]));
      return 5;
    },
  };
  expect(reader.read([asking])).toBe(true);
  expect(answers).toEqual([false]);
  expect(reader.tokens.slice(0, reader.count)).toEqual(read([{ n: 5 }]));
});

test('a getter that throws makes the arguments unreadable, and the reader ready for the next', () => {
  const reader = new ArgumentReader();
  const throwing = {
    get n(): number {
      throw new Error('no');
    },
  };
  expect(reader.read([{ deep: [throwing] }])).toBe(false);
  expect(reader.read([{ n: 1 }])).toBe(true);
});

/** A copy with the same order of properties. */
function copyOf(one: unknown): unknown {
  if (Array.isArray(one)) return one.map(copyOf);
  if (typeof one !== 'object' || one === null) return one;
  const copy = Object.create(Object.getPrototypeOf(one) as object | null) as Record<
    string,
    unknown
  >;
  for (const name of Object.keys(one)) copy[name] = copyOf((one as Record<string, unknown>)[name]);
  return copy;
}

function nested(depth: number): unknown {
  return depth === 0 ? 1 : [nested(depth - 1)];
}

function circular(): unknown {
  const object: { self?: unknown } = {};
  object.self = object;
  return object;
}
