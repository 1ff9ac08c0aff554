import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { encodeArguments } from '../../src/keys/encode.js';

// A value is built from its description, so that an equal one can be built in another order, and an
// almost equal one from a description that differs in one place.
type Text = readonly [text: string, value: Description];
type Description =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'made'; readonly make: () => unknown }
  | { readonly kind: 'array' | 'set'; readonly items: readonly (Description | undefined)[] }
  | { readonly kind: 'object' | 'null'; readonly properties: readonly Text[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [Description, Description])[] };

const NEAR_TEXTS = [
  ...['', '0', '1', '-0', '1n', 'NaN', 'null', 'true', 'undefined', 'Infinity', 'a', 'b', 'x y'],
  ...["'", "''", "'a'", "a','b", '%27', '%', '%2', '%25', '%uD800', '%u', ',', '(1)', '[]', '{}'],
  ...[
    'a:1',
    '{a:1}',
    "1,'a'",
    '__proto__',
    'toJSON',
    'constructor',
    'Date(NaN)',
    'Map{}',
    'é',
    'É',
  ],
  ...['\ud800', '\udc00', '\ud83d\ude00', '\0', '\n', '\x7f', '\x80', '/a/g', 'User<1>', '#1', '@'],
];
const NEAR_NUMBERS = [0, -0, 1, -1, NaN, Infinity, -Infinity, 1e21, 5e-324, 2 ** 53, 0.1];

const text = fc.oneof(
  fc.constantFrom(...NEAR_TEXTS),
  fc.array(fc.constantFrom(...NEAR_TEXTS), { maxLength: 3 }).map((texts) => texts.join('')),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc
    .array(fc.integer({ min: 0xd7fe, max: 0xe001 }), { maxLength: 4 })
    .map((codes) => String.fromCharCode(...codes)),
);

const primitive = fc.oneof(
  text,
  fc.constantFrom(...NEAR_NUMBERS),
  fc.integer({ min: -2, max: 2 }),
  fc.double(),
  fc.bigInt({ min: -2n, max: 2n }),
  fc.boolean(),
  fc.constantFrom(null, undefined),
);

const bytes = fc.array(fc.constantFrom<number[]>(0, 1, 128, 255), { maxLength: 8 });
const VIEWS = [
  Uint8Array,
  Int8Array,
  Uint8ClampedArray,
  Uint16Array,
  Int16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
];
const URLS_ARE_COMPARED = !isDeepStrictEqual(new URL('a:1'), new URL('a:2'));

function lastIndexed(source: string, flags: string, lastIndex: number): RegExp {
  return Object.assign(new RegExp(source, flags), { lastIndex });
}

const builtin: fc.Arbitrary<() => unknown> = fc.oneof(
  fc.constantFrom(0, -0, 1, 8.64e15, -8.64e15, -1).map((time) => () => new Date(time)),
  fc
    .tuple(
      fc.constantFrom('a', 'b', 'a b', '/', "'", 'é', ''),
      fc.constantFrom('', 'g', 'gi', 'u', 'y'),
      fc.constantFrom(0, -0, 1, 2.5),
    )
    .map((parts) => () => lastIndexed(...parts)),
  fc.tuple(fc.constantFrom(...VIEWS), bytes).map(([View, given]) => () => {
    const whole = given.concat(Array<number>((8 - (given.length % 8)) % 8).fill(0));
    return new View(new Uint8Array([...Array<number>(8), ...whole]).buffer, 8);
  }),
  bytes.map((given) => () => Buffer.from(given)),
  bytes.map((given) => () => new Uint8Array(given).buffer),
  bytes.map((given) => () => new DataView(new Uint8Array(given).buffer)),
  ...(URLS_ARE_COMPARED
    ? [
        fc
          .constantFrom('http://a/', 'http://a/?b=c', 'http://a/#é')
          .map((url) => () => new URL(url)),
      ]
    : []),
);

const { description } = fc.letrec<{ description: Description }>((tie) => ({
  description: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'value' },
    { weight: 6, arbitrary: primitive.map((value) => ({ kind: 'value' as const, value })) },
    { weight: 1, arbitrary: builtin.map((make) => ({ kind: 'made' as const, make })) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom('array' as const, 'set' as const),
        items: fc.array(fc.option(tie('description'), { nil: undefined, freq: 6 }), {
          maxLength: 4,
          depthIdentifier: 'value',
        }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom('object' as const, 'object' as const, 'null' as const),
        properties: fc.uniqueArray(fc.tuple(text, tie('description')), {
          maxLength: 4,
          selector: ([name]) => name,
          depthIdentifier: 'value',
        }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('map' as const),
        entries: fc.array(fc.tuple(tie('description'), tie('description')), {
          maxLength: 3,
          depthIdentifier: 'value',
        }),
      }),
    },
  ),
}));

const list = fc.array(description, { maxLength: 4 });

function build(described: Description, reversed: boolean): unknown {
  const inOrder = <T>(items: readonly T[]): readonly T[] => (reversed ? items.toReversed() : items);
  switch (described.kind) {
    case 'value':
      return described.value;
    case 'made':
      return described.make();
    case 'array': {
      const array: unknown[] = Array(described.items.length);
      described.items.forEach((item, index) => {
        if (item !== undefined) array[index] = build(item, reversed);
      });
      return array;
    }
    case 'set':
      return new Set(
        inOrder(described.items).flatMap((item) => (item ? [build(item, reversed)] : [])),
      );
    case 'map':
      return new Map(
        described.entries.length === new Set(described.entries.map(([key]) => keyOf(key))).size
          ? inOrder(described.entries).map(([key, value]) => [
              build(key, reversed),
              build(value, reversed),
            ])
          : [],
      );
    default: {
      const object: object = described.kind === 'null' ? Object.create(null) : {};
      for (const [name, item] of inOrder(described.properties)) {
        const value = build(item, reversed);
        Object.defineProperty(object, name, { value, enumerable: true, writable: true });
      }
      return object;
    }
  }
}

// Of two entries with one primitive key the last wins, and in reverse order that is the other one.
function keyOf(description: Description): unknown {
  return description.kind === 'value' ? description.value : description;
}

/** The same description with its nth part replaced. */
function replace(lists: readonly Description[], nth: number, other: Description): Description[] {
  let left = nth;
  const visit = (part: Description): Description => {
    if (left-- === 0) return other;
    switch (part.kind) {
      case 'array':
      case 'set':
        return { ...part, items: part.items.map((item) => item && visit(item)) };
      case 'object':
      case 'null':
        return {
          ...part,
          properties: part.properties.map(([name, item]) => [name, visit(item)] as const),
        };
      case 'map':
        return {
          ...part,
          entries: part.entries.map(([key, value]) => [visit(key), visit(value)] as const),
        };
      default:
        return part;
    }
  };
  return lists.map(visit);
}

function buildList(lists: readonly Description[], reversed: boolean): unknown[] {
  return lists.map((part) => build(part, reversed));
}

function withoutTrailing(args: readonly unknown[]): unknown[] {
  const end = args.findLastIndex((value) => value !== undefined) + 1;
  return args.slice(0, end);
}

/** `isDeepStrictEqual`, which throws in Node 24 if one of two different sets has null (nodejs/node#64449). */
function deepEqual(left: unknown, right: unknown): boolean {
  try {
    return isDeepStrictEqual(left, right);
  } catch (error) {
    if (String(error).endsWith("of null (reading 'constructor')")) return false;
    throw error;
  }
}

function agrees(left: readonly unknown[], right: readonly unknown[]): void {
  const equal = deepEqual(withoutTrailing(left), withoutTrailing(right));
  const [a, b] = [encodeArguments(left), encodeArguments(right)];
  if ((a === b) !== equal) throw new Error(`${a}\n${b}\nequal by isDeepStrictEqual: ${equal}`);
}

const RUNS = { numRuns: Number(process.env['KEY_RUNS'] ?? 3_000) };

describe('the encoding of arguments', () => {
  test('is equal for equal lists, whatever the order of properties, entries and members', () => {
    fc.assert(
      fc.property(list, (parts) => {
        expect(encodeArguments(buildList(parts, true))).toBe(
          encodeArguments(buildList(parts, false)),
        );
      }),
      RUNS,
    );
  });

  test('is equal if and only if isDeepStrictEqual holds, for any two lists', () => {
    const small = fc.array(description, { maxLength: 2, size: 'xsmall' });
    fc.assert(
      fc.property(small, small, (left, right) =>
        agrees(buildList(left, false), buildList(right, true)),
      ),
      RUNS,
    );
  });

  test('is equal if and only if isDeepStrictEqual holds, for lists that differ in one place at most', () => {
    fc.assert(
      fc.property(list, fc.nat(12), description, (parts, nth, other) =>
        agrees(buildList(parts, false), buildList(replace(parts, nth, other), true)),
      ),
      RUNS,
    );
  });

  test('is equal if and only if isDeepStrictEqual holds, for similar values', () => {
    const near = fc.constantFrom<() => unknown>(
      ...NEAR_TEXTS.map((value) => () => value),
      ...NEAR_NUMBERS.map((value) => () => value),
      ...[1n, 0n, true, null, undefined].map((value) => () => value),
      ...[() => [], () => ({}), () => Object.create(null), () => new Map(), () => new Set()],
      ...[() => [1], () => ['1'], () => [[1]], () => [, 1], () => [1, ,], () => [undefined, 1]],
      ...[() => ({ a: 1 }), () => ({ a: '1' }), () => ({ a: undefined }), () => ({ 'a:1': 1 })],
      ...[() => new Map([['a', 1]]), () => new Set(['a']), () => new Set([['a', 1]])],
      ...[() => [['a', 1]], () => new Uint8Array(1), () => Buffer.alloc(1), () => [0]],
    );
    const pair = fc.tuple(near, near);
    fc.assert(
      fc.property(pair, pair, (left, right) =>
        agrees(
          left.map((make) => make()),
          right.map((make) => make()),
        ),
      ),
      RUNS,
    );
  });

  test('is printable ASCII without spaces, between parentheses', () => {
    fc.assert(
      fc.property(list, (parts) => {
        expect(encodeArguments(buildList(parts, false))).toMatch(/^\([\x21-\x7e]*\)$/);
      }),
      RUNS,
    );
  });
});
