import { inspect, isDeepStrictEqual } from 'node:util';

import fc from 'fast-check';

import { createCodec } from '../../../src/backends/memcached/codec/codec.js';
import { CodecError } from '../../../src/errors.js';

const codec = createCodec();

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\ud800', '\ufeff'),
);
const key = fc.oneof(text, fc.constantFrom('toString', 'constructor', 'length', '0', 'type'));
const keyed = key.filter((name) => name !== '__proto__');
const bytes = fc.uint8Array({ maxLength: 20 });

const leaf = fc.oneof(
  ...[fc.constantFrom(undefined, null, true, false, NaN, -0, 0, Infinity, 2 ** 53), fc.double()],
  ...[fc.integer(), fc.maxSafeInteger(), fc.bigInt(), text, fc.date({ noInvalidDate: true })],
  ...[fc.webUrl().map((url) => new URL(url)), fc.constantFrom(/a\/b/, /[\n😀]+?/giu, /(?:)/)],
  ...[bytes, bytes.map((array) => Buffer.from(array)), bytes.map((array) => array.slice().buffer)],
  ...[fc.float64Array(), fc.int16Array(), fc.bigUint64Array(), fc.int32Array()],
  text.map((query) => new URLSearchParams({ query })),
);

const { value: values } = fc.letrec((tie) => {
  const value = tie('value');
  const pairs = fc.array(fc.tuple(keyed, value), { maxLength: 4 });
  return {
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.array(value, { maxLength: 4 }),
      fc.sparseArray(value, { maxNumElements: 4, maxLength: 40 }),
      fc.dictionary(keyed, value, { maxKeys: 4, noNullPrototype: true }),
      pairs.map((list) => Object.assign(Object.create(null) as object, Object.fromEntries(list))),
      fc.array(fc.tuple(value, value), { maxLength: 4 }).map((list) => new Map(list)),
      fc.array(value, { maxLength: 4 }).map((list) => new Set(list)),
      fc.tuple(text, value).map(([message, cause]) => new TypeError(message, { cause })),
      value.map((twice) => ({ twice, again: [twice] })),
    ),
  };
});

function expectSame(back: unknown, value: unknown): void {
  expect(isDeepStrictEqual(back, value)).toBe(true);
  // What isDeepStrictEqual does not compare: URLs, causes, and the identity of objects.
  const all = {
    depth: Infinity,
    maxArrayLength: Infinity,
    maxStringLength: Infinity,
    sorted: false,
  };
  expect(inspect(back, all)).toBe(inspect(value, all));
}

test.each([false, 0] as const)(
  'any value that is encoded is decoded to an equal one (compress: %p)',
  (compress) => {
    const writing = createCodec({ compress });
    fc.assert(
      fc.property(values, (value) => {
        const { bytes, flags } = writing.encode(value);
        expectSame(codec.decode(bytes, flags), value);
      }),
      { numRuns: 500 },
    );
  },
);

test('an integer is decoded to a number or a bigint, as it was encoded', () => {
  fc.assert(
    fc.property(fc.oneof(fc.maxSafeInteger(), fc.bigInt(), fc.double()), (value) => {
      const { bytes, flags } = codec.encode(value);
      expect(codec.decode(bytes, flags)).toBe(value);
    }),
  );
});

test('any value at all is either decoded to an equal one or refused', () => {
  const anything = fc.anything({
    ...{ withBigInt: true, withBoxedValues: true, withMap: true, withSet: true },
    ...{
      withNullPrototype: true,
      withObjectString: true,
      withSparseArray: true,
      withTypedArray: true,
    },
  });
  fc.assert(
    fc.property(anything, (value) => {
      let encoded;
      try {
        encoded = codec.encode(value);
      } catch (error) {
        expect(error).toBeInstanceOf(CodecError);
        return;
      }
      expectSame(codec.decode(encoded.bytes, encoded.flags), value);
    }),
    { numRuns: 500 },
  );
});

/** The JavaScript types to which each type and kind may be decoded. */
const allowed: Readonly<Record<number, (value: unknown) => boolean>> = {
  0: (value) => Buffer.isBuffer(value),
  1: (value) =>
    value === null ||
    ArrayBuffer.isView(value) ||
    ['boolean', 'number', 'bigint'].includes(typeof value),
  2: (value) => typeof value === 'bigint' || Number.isSafeInteger(value),
  4: (value) => typeof value === 'bigint' || Number.isSafeInteger(value),
  16: (value) => typeof value === 'string',
  [2 | 256]: (value) => typeof value === 'bigint',
  [16 | 256]: (value) => typeof value !== 'undefined' && typeof value !== 'bigint',
  [16 | 512]: () => true,
};

const someFlags = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  fc.integer({ min: 0, max: 0x3ff }),
  fc
    .tuple(fc.constantFrom(...Object.keys(allowed)), fc.constantFrom(0, 8), fc.nat(2 ** 22 - 1))
    .map(([type, zlib, meta]) => ((meta << 10) | Number(type) | zlib) >>> 0),
);
const someBytes = fc.oneof(
  fc.uint8Array(),
  fc.string({ unit: 'binary' }).map((noise) => new TextEncoder().encode(noise)),
  fc.json().map((json) => new TextEncoder().encode(json)),
  fc
    .constantFrom('5', '-1', 'N.', 'I1\n.', '[[1],2]', '\x80\x04')
    .map((text) => Buffer.from(text, 'latin1')),
);

test('random bytes under random flags are refused, or are of the type that the flags say', () => {
  fc.assert(
    fc.property(someBytes, someFlags, (noise, flags) => {
      let value: unknown;
      try {
        value = codec.decode(noise, flags);
      } catch (error) {
        expect(error).toBeInstanceOf(CodecError);
        return;
      }
      const known = (flags & 0x17) === 0 ? flags & ~8 : flags & 0x3f7;
      expect(allowed[known]?.(value)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test('a value with a byte changed is refused, or is of the type that the flags say', () => {
  fc.assert(
    fc.property(values, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, position, change) => {
      const { bytes, flags } = createCodec({ compress: 0 }).encode(value);
      const broken = Uint8Array.from(bytes);
      if (broken.length > 0) broken[position % broken.length]! ^= change;
      try {
        expect(allowed[flags & 0x3f7]?.(codec.decode(broken, flags))).toBe(true);
      } catch (error) {
        if (!(error instanceof CodecError)) throw error;
      }
    }),
  );
});
