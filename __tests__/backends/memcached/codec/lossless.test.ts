import { inspect, isDeepStrictEqual } from 'node:util';
import { createContext, runInContext } from 'node:vm';

import { createCodec } from '../../../../src/backends/memcached/codec/codec.js';
import { losslessForm } from '../../../../src/backends/memcached/codec/lossless.js';

const codec = createCodec();

function roundTrip<T>(value: T): T {
  const { bytes, flags } = codec.encode(value);
  return codec.decode(bytes, flags) as T;
}

describe('the form is JSON', () => {
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

describe('the form is rich', () => {
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
    const back = roundTrip(value);
    expect(isDeepStrictEqual(back, value)).toBe(true);
    // isDeepStrictEqual takes all URLs for equal.
    expect(inspect(back)).toBe(inspect(value));
  });

  test('for a Date that is none', () => {
    expect(losslessForm(new Date(NaN))).toBe('devalue');
    expect(roundTrip(new Date(NaN)).getTime()).toBeNaN();
  });

  test('for a hole in an array that is almost nothing else', () => {
    const sparse: unknown[] = [];
    sparse[4_000_000_000] = 'last';
    const back = roundTrip(sparse);
    expect(back.length).toBe(4_000_000_001);
    expect(Object.keys(back)).toEqual(['4000000000']);
  });

  test('for an object without a prototype, which it stays', () => {
    const bare = Object.assign(Object.create(null) as object, { a: 1 });
    const back = roundTrip({ bare });
    expect(Object.getPrototypeOf(back.bare)).toBeNull();
    expect(back.bare).toEqual({ a: 1 });
  });

  test('for a circle, which it stays', () => {
    const ring: { self?: unknown; map: Map<string, unknown> } = { map: new Map() };
    ring.self = ring;
    ring.map.set('ring', ring);
    const back = roundTrip(ring);
    expect(back.self).toBe(back);
    expect(back.map.get('ring')).toBe(back);
  });

  test('for what is met twice, which stays one', () => {
    const [one, other] = roundTrip([shared, shared]);
    expect(one).toBe(other);
  });

  test('for values of another realm, which come back as ours', () => {
    const foreign = runInContext(
      '({ date: new Date(5), map: new Map([[1, new Set([2])]]), error: new TypeError("t") })',
      createContext(),
    ) as { date: Date; map: Map<number, Set<number>>; error: Error };
    const back = roundTrip(foreign);
    expect(back.date).toStrictEqual(new Date(5));
    expect(back.map).toStrictEqual(new Map([[1, new Set([2])]]));
    expect(back.error).toBeInstanceOf(TypeError);
  });
});

test('of a view into a larger buffer nothing else is told', () => {
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
  test('comes back with its class, message, stack, cause and properties', () => {
    const error = Object.assign(new RangeError('far', { cause: new Error('deep') }), {
      code: 'E',
      at: 1n,
    });
    const back = roundTrip(error);
    expect(back).toBeInstanceOf(RangeError);
    expect(Object.prototype.toString.call(back)).toBe('[object Error]');
    expect(back).toStrictEqual(error);
    expect(back.stack).toBe(error.stack);
    expect((back.cause as Error).message).toBe('deep');
    expect(Object.keys(back)).toEqual(['code', 'at']);
  });

  test('has no message where it had none', () => {
    expect(Object.hasOwn(roundTrip(new Error()), 'message')).toBe(false);
    expect(Object.hasOwn(roundTrip([new Error('')])[0]!, 'message')).toBe(true);
  });

  test.each([EvalError, ReferenceError, SyntaxError, TypeError, URIError])(
    '%p keeps its class',
    (Class) => {
      expect(Object.getPrototypeOf(roundTrip(new Class('x')))).toBe(Class.prototype);
    },
  );

  test('of many keeps them all', () => {
    const back = roundTrip(new AggregateError([new TypeError('a'), 'b'], 'both'));
    expect(back).toBeInstanceOf(AggregateError);
    expect(back.errors).toStrictEqual([new TypeError('a'), 'b']);
  });

  test('may know the object that holds it', () => {
    const holder: { error?: Error & { holder?: unknown } } = {};
    holder.error = Object.assign(new Error('x'), { holder });
    const back = roundTrip(holder);
    expect(back.error?.holder).toBe(back);
  });

  test('that stands in itself is refused, for it would come back as two', () => {
    const error = new Error('x') as Error & { self?: unknown };
    error.self = { error };
    expect(() => codec.encode(error)).toThrow('value.self.error is an error within itself');
    const pair: Record<string, unknown> = {};
    pair.a = { pair };
    pair.error = Object.assign(new Error('y'), { a: pair.a });
    const back = roundTrip(pair) as { a: unknown; error: { a: unknown } };
    expect(back.error.a).toBe(back.a);
  });
});

const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);

test('nesting within the bound is kept', () => {
  for (const value of [deep(500), [deep(499), 1n]]) {
    expect(isDeepStrictEqual(roundTrip(value), value)).toBe(true);
  }
});
