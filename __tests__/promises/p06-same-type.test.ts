import { inspect } from 'node:util';
import { describeEvery } from '../support/every-backend.js';

const VALUES: readonly (readonly [string, unknown])[] = [
  ['a Date', new Date(1_234_567_890_123)],
  ['a Map', new Map<unknown, unknown>([['a', 1], [2, new Map([[null, undefined]])]])], // prettier-ignore
  ['a Set', new Set<unknown>([1, '1', 1n, null])],
  ['a bigint', 5n],
  ['a large bigint', -(2n ** 200n)],
  ['a Buffer', Buffer.from([0, 255, 128])],
  ['a Uint8Array', new Uint8Array([0, 255, 128])],
  ['a Float64Array', new Float64Array([1.5, NaN, -0])],
  ['an ArrayBuffer', new Uint8Array([1, 2, 3]).buffer],
  ['no bytes', new Uint8Array(0)],
  ['undefined', undefined],
  ['NaN', NaN],
  ['-0', -0],
  ['-Infinity', -Infinity],
  ['a fraction', 0.1],
  ['a number beyond the safe integers', 2 ** 53],
  ['the smallest number', 5e-324],
  ['a RegExp', /a\/b/giu],
  ['a URL', new URL('https://example.org/?a=1#b')],
  ['an Error', new TypeError('wrong', { cause: 'because' })],
  ['a string of digits', '123'],
  ['a string that reads as a boolean', 'true'],
  ['a string that reads as null', 'null'],
  ['a string of JSON', '{"a":1}'],
  ['a string that reads as a Date', '2020-01-01T00:00:00.000Z'],
  ['a string with a lone surrogate', 'a\ud800b'],
  ['a string with a byte order mark', '\ufeffa'],
  ['a string of several lines', 'a\r\nEND\r\n\0b'],
  ['an empty object', {}],
  ['an object with number-like names', { 1: 'x', 0: 'y' }],
  ['an object with a property that is undefined', { a: undefined, b: null }],
  [
    'an object with a property named like a method of Object.prototype',
    { toString: 'text', constructor: 1 },
  ],
  ['an object without a prototype', Object.assign(Object.create(null) as object, { a: 1 })],
  ['an empty array', []],
  ['an array with a hole', [1, , 3]],
  ['an array of everything', [undefined, NaN, -0, 1n, new Date(0), new Set([1]), null, '', [[]]]],
  ['a nested Date', { a: [{ b: new Map([['c', { d: new Date(7) }]]) }] }],
];

class Money {
  readonly #cents: number;
  constructor(cents: number) {
    this.#cents = cents;
  }
  get cents(): number {
    return this.#cents;
  }
}

/** Values that memcached cannot keep losslessly. */
const UNFAITHFUL: readonly (readonly [string, unknown])[] = [
  ['an instance of a class', new Money(5)],
  ['a nested instance of a class', { price: new Money(5) }],
  ['a function', () => 1],
  ['a symbol', Symbol('a')],
  ['an object with a method', { get: () => 1 }],
  ['a Map of instances', new Map([[1, new Money(1)]])],
  ['a frozen accessor', Object.defineProperty({}, 'a', { get: () => 1, enumerable: true })],
  ['a subclass of Map', new (class Registry extends Map<string, number> {})()],
  ['a nested promise', { later: Promise.resolve(1) }],
  ['an object with a hidden property', Object.defineProperty({ a: 1 }, 'b', { value: 2 })],
  ['an object with a symbol property', { [Symbol('b')]: 1 }],
];

describeEvery('P6: a hit is of the type that the miss was', (place) => {
  test.each(VALUES)('%s', async (title, value) => {
    const { cache, heard } = place.open();
    const f = cache.memoize(async (_: string) => value, { name: 'kept' });
    const missed = await f(title);
    await cache.idle();
    const hit = await f(title);
    expect(heard).toEqual(['miss', 'store', 'hit']);
    expect(Object.is(missed, value)).toBe(true);
    expect(hit).toStrictEqual(value);
    // `toStrictEqual` misses some differences: of signs, causes, regular expressions.
    expect(inspect(hit, { depth: Infinity })).toBe(inspect(value, { depth: Infinity }));
  });

  test.each(UNFAITHFUL)(
    '%s is returned unchanged, and stored only if that is lossless',
    async (title, value) => {
      const { cache, events } = place.open();
      const f = cache.memoize(async (_: string) => value, { name: 'unkept' });
      expect(await f(title)).toBe(value);
      await cache.idle();
      expect(await f(title)).toBe(value);
      await cache.idle();
      const types = events.map(({ type }) => type);
      if (place.shared) {
        expect(types).toEqual(['miss', 'error', 'miss', 'error']);
        expect(events[1]).toMatchObject({ step: 'set', error: { code: 'ERR_CACHE_CODEC' } });
      } else {
        expect(types).toEqual(['miss', 'store', 'hit']);
      }
    },
  );

  test('an invalid Date is still a Date', async () => {
    const { cache } = place.open();
    const f = cache.memoize(async () => new Date(NaN), { name: 'none' });
    await f();
    await cache.idle();
    expect(await f()).toBeInstanceOf(Date);
    expect((await f()).getTime()).toBe(NaN);
    expect(cache.stats().hit).toBe(2);
  });

  test('two references to one object still refer to one object', async () => {
    const { cache } = place.open();
    const f = cache.memoize(
      async () => {
        const one = { n: 1 };
        return { a: one, b: one };
      },
      { name: 'shared' },
    );
    await f();
    await cache.idle();
    const hit = await f();
    expect(hit.a).toBe(hit.b);
    expect(cache.stats().hit).toBe(1);
  });

  test('an object that contains itself comes back with the circle', async () => {
    const { cache } = place.open();
    interface Node {
      self?: Node;
    }
    const f = cache.memoize(
      async () => {
        const node: Node = {};
        node.self = node;
        return node;
      },
      { name: 'circular' },
    );
    await f();
    await cache.idle();
    const hit = await f();
    expect(hit.self).toBe(hit);
    expect(cache.stats().hit).toBe(1);
  });

  test('a primed or refreshed value keeps its type too', async () => {
    const { cache } = place.open();
    const f = cache.memoize(async (n: number) => new Date(n), { name: 'given' });
    await f.prime([1], Promise.resolve(new Date(99)));
    expect(await f(1)).toEqual(new Date(99));
    expect(await f.refresh(1)).toEqual(new Date(1));
    await cache.idle();
    expect((await f.peek(1))?.value).toEqual(new Date(1));
  });

  test('an overwritten value leaves no trace', async () => {
    const { cache } = place.open();
    const values = [{ name: 'a', admin: true }, { name: 'b' }];
    const f = cache.memoize(async () => values.shift(), { name: 'overwritten' });
    await f();
    await f.refresh();
    await cache.idle();
    expect(await f()).toEqual({ name: 'b' });
  });

  test('a value that cannot be stored still removes the old one', async () => {
    const { cache } = place.open();
    const values: unknown[] = ['old', () => 'new', () => 'new'];
    const f = cache.memoize(async () => values.shift(), { name: 'replaced' });
    expect(await f()).toBe('old');
    await cache.idle();
    expect(typeof (await f.refresh())).toBe('function');
    await cache.idle();
    expect(typeof (await f())).toBe('function');
  });
});
