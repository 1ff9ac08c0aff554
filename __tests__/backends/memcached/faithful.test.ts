import { inspect, isDeepStrictEqual } from 'node:util';
import { createContext, runInContext } from 'node:vm';

import { createCodec } from '../../../src/backends/memcached/codec.js';
import { faithfulForm } from '../../../src/backends/memcached/faithful.js';
import { CodecError } from '../../../src/errors.js';

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
    expect(faithfulForm(value)).toBe('json');
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
    ['a hole', [1, , 3]], // eslint-disable-line no-sparse-arrays -- is what is tested
    ['an array of holes', new Array(3)],
    [
      'typed arrays',
      [new Float64Array([1.5, NaN, -0]), new BigInt64Array([-1n]), new Uint8Array(2)],
    ],
    ['a DataView', new DataView(new ArrayBuffer(3), 1)],
    ['an ArrayBuffer', new Uint8Array([1, 2]).buffer],
    ['Buffers', { a: Buffer.from('a'), none: Buffer.alloc(0) }],
    ['an object that is met twice', [shared, shared]],
  ])('for %s', (_, value) => {
    expect(faithfulForm(value)).toBe('rich');
    const back = roundTrip(value);
    expect(isDeepStrictEqual(back, value)).toBe(true);
    // isDeepStrictEqual takes all URLs for equal.
    expect(inspect(back)).toBe(inspect(value));
  });

  test('for a Date that is none', () => {
    expect(faithfulForm(new Date(NaN))).toBe('rich');
    expect(roundTrip(new Date(NaN))).toStrictEqual(new Date(NaN));
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

class User {
  name = 'Ann';
}
class Rows extends Array<number> {}
class Registry extends Map<string, number> {}
class HttpError extends Error {}
class Bytes extends Uint8Array {}

function args(..._: number[]): unknown {
  return arguments; // eslint-disable-line prefer-rest-params -- is what is tested
}
const hidden = (owner: object) => Object.defineProperty(owner, 'hidden', { value: 1 });
const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);

test.each<[string, () => unknown]>([
  ['value is a function', () => () => 1],
  ['value is a symbol', () => Symbol('s')],
  ['value.user.save is a function', () => ({ user: { save: () => 1 } })],
  ['value["first name"][2] is a symbol', () => ({ 'first name': [1, 2, Symbol.iterator] })],
  ['value.toJSON is a function', () => ({ toJSON: () => 'other' })],
  ['value is an instance of User', () => new User()],
  ['value.rows[0] is an instance of User', () => ({ rows: [new User()] })],
  ['value is an instance of Rows', () => Rows.of(1)],
  ['value is an instance of Registry', () => new Registry()],
  ['value is an instance of HttpError', () => new HttpError()],
  ['value is an instance of Bytes', () => new Bytes()],
  ['value is an object with a prototype of its own', () => Object.create({ a: 1 })],
  ['value is a Promise', () => Promise.resolve(1)],
  ['value is a WeakMap', () => new WeakMap()],
  ['value is a String', () => new String('boxed')], // eslint-disable-line -- is what is tested
  ['value is a plain object that calls itself Arguments', () => args(1, 2)],
  ['value is a Date that calls itself Object', () => Object.create(Date.prototype)],
  ['value.get("k") is a function', () => new Map([['k', () => 1]])],
  ['value.get(7) is a function', () => new Map([[7, () => 1]])],
  ['value.values()[0] is a function', () => new Map([[{}, () => 1]])],
  [
    'value.keys()[1] is a function',
    () =>
      new Map<unknown, number>([
        [1, 1],
        [() => 1, 2],
      ]),
  ],
  ['value.values()[1] is an instance of User', () => new Set<unknown>([1, new User()])],
  ['value.cause is an instance of User', () => new Error('x', { cause: new User() })],
  ['value.code is an accessor', () => Object.defineProperty(new Error(), 'code', { get: () => 1 })],
  [
    'value.now is an accessor',
    () => ({
      get now() {
        return 1;
      },
    }),
  ],
  ['value[1] is an accessor', () => Object.defineProperty([0, 1], 1, { get: () => 1 })],
  ['value.__proto__ is a property that sets prototypes', () => JSON.parse('{"__proto__":1}')],
  ['value[Symbol(s)] is a property that would be lost', () => ({ a: 1, [Symbol('s')]: 2 })],
  [
    'value[Symbol(s)] is a property that would be lost',
    () => Object.assign(new Error(), { [Symbol('s')]: 1 }),
  ],
  ['value.hidden is a property that would be lost', () => hidden({ a: 1 })],
  ['value.hidden is a property that would be lost', () => hidden([1, 2])],
  ['value.index is a property that would be lost', () => /a/.exec('a')],
  ['value.extra is a property that would be lost', () => Object.assign(new Date(), { extra: 1 })],
  ['value.extra is a property that would be lost', () => Object.assign(/a/, { extra: 1 })],
  [
    'value.x is a Uint8Array with properties of its own',
    () => ({ x: Object.assign(new Uint8Array(2), { y: 1 }) }),
  ],
  ['value is a Buffer with properties of its own', () => Object.assign(Buffer.from('a'), { y: 1 })],
  ['value is a RegExp with a lastIndex', () => Object.assign(/a/g, { lastIndex: 1 })],
  ['value is a SharedArrayBuffer', () => new SharedArrayBuffer(1)],
  ['value is a SharedArrayBuffer', () => new Int8Array(new SharedArrayBuffer(1))],
  [`value${'[0]'.repeat(500)} is more than 500 levels deep`, () => deep(1000)],
])('refused: %s', (message, make) => {
  const value = make();
  expect(() => codec.encode(value)).toThrow(CodecError);
  expect(() => codec.encode(value)).toThrow(new CodecError(`cannot be kept as it is: ${message}`));
});

test('refused: an ArrayBuffer that can be resized', () => {
  const Resizable = ArrayBuffer as unknown as new (
    n: number,
    o: { maxByteLength: number },
  ) => ArrayBuffer;
  expect(() => codec.encode(new Resizable(1, { maxByteLength: 2 }))).toThrow(
    'value is a resizable ArrayBuffer',
  );
});

test('nesting within the bound is kept', () => {
  for (const value of [deep(500), [deep(499), 1n]]) {
    expect(isDeepStrictEqual(roundTrip(value), value)).toBe(true);
  }
});

test('nesting that no stack holds is refused, not a crash', () => {
  let chain: unknown = 1;
  for (let level = 0; level < 100_000; level += 1) chain = { chain };
  expect(() => codec.encode(chain)).toThrow(CodecError);
});

test('whatever a proxy throws becomes a CodecError with its cause', () => {
  const cause = new TypeError('trapped');
  const proxy = new Proxy(
    {},
    {
      ownKeys: () => {
        throw cause;
      },
    },
  );
  expect(() => codec.encode(proxy)).toThrow(
    expect.objectContaining({ message: 'cannot be kept: trapped', cause }) as Error,
  );
});

test('no getter is called', () => {
  const getter = jest.fn();
  expect(() =>
    codec.encode([Object.defineProperty({}, 'a', { get: getter, enumerable: true })]),
  ).toThrow();
  expect(getter).not.toHaveBeenCalled();
});
