import { inspect, isDeepStrictEqual } from 'node:util';
import { createContext, runInContext } from 'node:vm';

import { createCodec } from '../../../../src/backends/memcached/codec/codec.js';
import { losslessForm } from '../../../../src/backends/memcached/codec/lossless.js';

const codec = createCodec();

function roundTrip<T>(value: T): T {
  const { bytes, flags } = codec.encode(value);
  return codec.decode(bytes, flags) as T;
}

describe('the lossless form is JSON', () => {
  test.each<[string, unknown]>([
    ['null', null],
    ['a boolean', false],
    ['a fraction', 0.1],
    ['a large number', 1e300],
    ['nested plain objects and arrays', { a: [{ b: 'c' }, [], {}] }],
    ['lone surrogates in keys and values', { '\ud800': '\udfff' }],
    ['keys that look like indices', { 1: 'a', b: 1, 0: 'c' }],
    ['an object that names its own toJSON, which is no function', { toJSON: 1 }],
    ['an object of another realm', runInContext('({ a: [1] })', createContext())],
  ])('for %s', (_, value) => {
    expect(losslessForm(value)).toBe('json');
    expect(roundTrip(value)).toEqual(value);
  });
});

const shared = { id: 1 };

describe("the lossless form is devalue's", () => {
  test.each<[string, unknown]>([
    ['undefined in an object', { a: undefined }],
    ['undefined in an array', [undefined]],
    ['minus zero', [-0]],
    ['NaN', { a: NaN }],
    ['infinities', [Infinity, -Infinity]],
    ['a bigint', { id: 2n ** 64n }],
    ['a Date', { at: new Date(1e12) }],
    ['a far Date', new Date(-8.64e15)],
    ['a RegExp', /a\/b\n[\ud800]/giu],
    ['a URL', new URL('https://user:pw@example.org:8080/a%20b?c=d#e')],
    ['a query', new URLSearchParams('a=1&a=2&b=%20')],
    [
      'a Map with keys of any kind',
      new Map<unknown, unknown>([
        [{ a: 1 }, 1],
        [NaN, 2],
        [undefined, 3],
      ]),
    ],
    ['a Set', new Set([1, '1', 1n, undefined])],
    ['a hole', [1, , 3]],
    ['an array of holes', new Array(3)],
    [
      'typed arrays',
      [new Float64Array([1.5, NaN, -0]), new BigInt64Array([-1n]), new Uint8Array(2)],
    ],
    ['a DataView', new DataView(new ArrayBuffer(3))],
    ['an ArrayBuffer', new Uint8Array([1, 2]).buffer],
    ['Buffers', { a: Buffer.from('a'), none: Buffer.alloc(0) }],
    ['an object that is met twice', [shared, shared]],
  ])('for %s', (_, value) => {
    expect(losslessForm(value)).toBe('devalue');
    const decoded = roundTrip(value);
    expect(isDeepStrictEqual(decoded, value)).toBe(true);
    // isDeepStrictEqual treats all URLs as equal.
    expect(inspect(decoded)).toBe(inspect(value));
  });

  test('for an invalid Date', () => {
    expect(losslessForm(new Date(NaN))).toBe('devalue');
    expect(roundTrip(new Date(NaN)).getTime()).toBeNaN();
  });

  test('for an array that consists almost entirely of holes', () => {
    const sparse: unknown[] = [];
    sparse[4_000_000_000] = 'last';
    const decoded = roundTrip(sparse);
    expect(decoded.length).toBe(4_000_000_001);
    expect(Object.keys(decoded)).toEqual(['4000000000']);
  });

  test('for an object without a prototype, which is decoded without one', () => {
    const bare = Object.assign(Object.create(null) as object, { a: 1 });
    const decoded = roundTrip({ bare });
    expect(Object.getPrototypeOf(decoded.bare)).toBeNull();
    expect(decoded.bare).toEqual({ a: 1 });
  });

  test('for a circular structure, which is decoded as one', () => {
    const ring: { self?: unknown; map: Map<string, unknown> } = { map: new Map() };
    ring.self = ring;
    ring.map.set('ring', ring);
    const decoded = roundTrip(ring);
    expect(decoded.self).toBe(decoded);
    expect(decoded.map.get('ring')).toBe(decoded);
  });

  test('for an object that occurs twice, which is decoded as one object', () => {
    const [first, second] = roundTrip([shared, shared]);
    expect(first).toBe(second);
  });

  test('for values of another realm, which are decoded as values of this one', () => {
    const foreign = runInContext(
      '({ date: new Date(5), map: new Map([[1, new Set([2])]]), error: new TypeError("t") })',
      createContext(),
    ) as { date: Date; map: Map<number, Set<number>>; error: Error };
    const decoded = roundTrip(foreign);
    expect(decoded.date).toStrictEqual(new Date(5));
    expect(decoded.map).toStrictEqual(new Map([[1, new Set([2])]]));
    expect(decoded.error).toBeInstanceOf(TypeError);
  });
});

test('encoding a view into a larger buffer does not disclose the rest of the buffer', () => {
  const secret = new TextEncoder().encode('before-SECRET-after');
  const view = new Uint16Array(secret.buffer.slice(0, 18), 14, 2);
  const { bytes } = codec.encode({
    view,
    first: secret.subarray(0, 6),
    data: new DataView(secret.buffer, 16),
  });
  const texts =
    Buffer.from(bytes)
      .toString()
      .match(/(?<="ArrayBuffer",")[^"]*/g) ?? [];
  expect(texts.map((text) => Buffer.from(text, 'base64').toString())).toEqual([
    'afte',
    'before',
    'ter',
  ]);
  expect(roundTrip({ view }).view).toStrictEqual(view.slice());
});

describe('an error', () => {
  test('is decoded with its class, message, stack, cause and properties', () => {
    const error = Object.assign(new RangeError('far', { cause: new Error('deep') }), {
      code: 'E',
      at: 1n,
    });
    const decoded = roundTrip(error);
    expect(decoded).toBeInstanceOf(RangeError);
    expect(Object.prototype.toString.call(decoded)).toBe('[object Error]');
    expect(decoded).toStrictEqual(error);
    expect(decoded.stack).toBe(error.stack);
    expect((decoded.cause as Error).message).toBe('deep');
    expect(Object.keys(decoded)).toEqual(['code', 'at']);
  });

  test('is decoded without a message if it had none', () => {
    expect(Object.hasOwn(roundTrip(new Error()), 'message')).toBe(false);
    expect(Object.hasOwn(roundTrip([new Error('')])[0]!, 'message')).toBe(true);
  });

  test.each([EvalError, ReferenceError, SyntaxError, TypeError, URIError])(
    '%p keeps its class',
    (Class) => {
      expect(Object.getPrototypeOf(roundTrip(new Class('x')))).toBe(Class.prototype);
    },
  );

  test('that is an AggregateError keeps all its errors', () => {
    const decoded = roundTrip(new AggregateError([new TypeError('a'), 'b'], 'both'));
    expect(decoded).toBeInstanceOf(AggregateError);
    expect(decoded.errors).toStrictEqual([new TypeError('a'), 'b']);
  });

  test('may refer to the object that contains it', () => {
    const holder: { error?: Error & { holder?: unknown } } = {};
    holder.error = Object.assign(new Error('x'), { holder });
    const decoded = roundTrip(holder);
    expect(decoded.error?.holder).toBe(decoded);
  });

  test('that contains itself is refused, since it would be decoded as two errors', () => {
    const error = new Error('x') as Error & { self?: unknown };
    error.self = { error };
    expect(() => codec.encode(error)).toThrow('value.self.error is an error within itself');
    const pair: Record<string, unknown> = {};
    pair.a = { pair };
    pair.error = Object.assign(new Error('y'), { a: pair.a });
    const decoded = roundTrip(pair) as { a: unknown; error: { a: unknown } };
    expect(decoded.error.a).toBe(decoded.a);
  });
});

const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);

test('a value nested up to the bound is encoded', () => {
  for (const value of [deep(500), [deep(499), 1n]]) {
    expect(isDeepStrictEqual(roundTrip(value), value)).toBe(true);
  }
});
