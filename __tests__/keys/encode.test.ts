import { KeyError } from '../../src/errors.js';
import { encodeArguments, encodeValue } from '../../src/keys/encode.js';
import { cacheKey } from '../../src/keys/identity.js';

const encode = (...args: unknown[]): string => encodeArguments(args);

/** Every argument list has its own encoding. */
function expectApart(...lists: unknown[][]): void {
  const texts = lists.map(encodeArguments);
  expect(new Set(texts).size).toBe(texts.length);
}

class User {
  constructor(readonly id: unknown) {}
  [cacheKey](): unknown {
    return this.id;
  }
}

describe('argument lists that other libraries confuse', () => {
  test('short strings with one hash have different keys', () => {
    expectApart(['Ez'], ['FY'], ['Aa'], ['BB']);
  });

  test('primitives of different types have different keys, at the top and nested', () => {
    const values = [1, '1', 1n, 2n, true, 'true', null, 'null', undefined, 'undefined', NaN, 'NaN'];
    const more = [Infinity, 'Infinity', 0, -0, '', '0', '-0', [1], ['1'], { 1: 1 }, '[1]', '(1)'];
    const all = [...values, ...more];
    expectApart(...all.map((value) => [value]));
    expectApart(...all.map((value) => [{ value }]));
    expectApart(...all.map((value) => [[value]]));
    expectApart(...all.map((value) => [new Map([[value, value]])]));
  });

  test('collections have different keys from each other and from similar objects', () => {
    expectApart(
      [new Map([['a', 1]])],
      [new Map([['b', 1]])],
      [new Map()],
      [new Set()],
      [new Set(['a'])],
      [new Set(['b'])],
      [{}],
      [[]],
      [{ a: 1 }],
      ['{"a":1}'],
      ['{a:1}'],
      [[['a', 1]]],
    );
  });

  test('dates, regular expressions and URLs have different keys from their strings', () => {
    const date = new Date(0);
    expectApart([date], [date.toISOString()], [date.getTime()], [String(date)]);
    expectApart([/a/], [/b/], [/a/g], ['/a/'], [{}]);
    expectApart([new URL('http://a/')], [new URL('http://b/')], ['http://a/']);
  });

  test('strings with separators do not run into their neighbours', () => {
    expectApart(['a:b', 'c'], ['a', 'b:c']);
    expectApart(['a-b', 'c'], ['a', 'b-c']);
    expectApart(['a!b', 'c'], ['a', 'b!c'], ['a', '!', 'b', 'c']);
    expectApart(["a'", 'b'], ['a', "'b"], ["a','b"], ['a', 'b'], ['a,b'], [['a', 'b']]);
    expectApart([[1, 2]], ['1,2'], [1, 2], [[1], 2], [[[1], 2]], [[1, [2]]]);
    expectApart(['%'], ['%25'], ["'"], ['%27'], ['\ud800'], ['%uD800'], [' '], ['%20']);
  });

  test('the order of properties is ignored, their presence is not', () => {
    expect(encode({ a: 1, b: 2 })).toBe(encode({ b: 2, a: 1 }));
    expectApart([{ a: undefined }], [{}], [{ a: null }]);
  });

  test('every argument counts, up to trailing undefined', () => {
    expectApart([1], [1, 2], [1, 5], [undefined, 1], [2, 1], []);
    expect(encode(1, undefined, undefined)).toBe(encode(1));
    expect(encode(undefined)).toBe('()');
  });
});

describe('the encodings of values', () => {
  test('a hole differs from undefined and from a missing element', () => {
    expect(encode([1, , 2], [,], [, ,], [1, ,], [, 1])).toBe('([1,,2],[,],[,,],[1,,],[,1])');
    expect(encode([undefined], [])).toBe('([undefined],[])');
  });

  test('names are sorted by code unit, and unquoted if they look like identifiers', () => {
    const object = { b: 1, 'a b': 2, $: 3, B: 4, 10: 5, é: 6, '': 7 };
    expect(encode(object)).toBe("({'':7,$:3,'10':5,B:4,'a%20b':2,b:1,'%C3%A9':6})");
  });

  test('an own __proto__ is an ordinary property, and {} differs from Object.create(null)', () => {
    expect(encode(JSON.parse('{"__proto__":{"a":1}}'))).toBe('({__proto__:{a:1}})');
    expectApart([{}], [Object.create(null)], [JSON.parse('{"__proto__":null}')]);
  });

  test('many names, long names and many shapes are sorted as well', () => {
    const names = Array.from({ length: 60 }, (_, index) => `name${index}`);
    const forwards = Object.fromEntries(names.map((name) => [name, 1]));
    const backwards = Object.fromEntries(names.toReversed().map((name) => [name, 1]));
    expect(encode(forwards)).toBe(encode(backwards));
    for (let shape = 0; shape < 3_000; shape++) {
      const [a, b] = [`a${shape % 20}`, `b${shape}`];
      expect(encode({ [b]: 1, [a]: 2 })).toBe(`({${a}:2,${b}:1})`);
    }
    const long = 'x'.repeat(100);
    expect(encode({ [long]: 1, a: 2 })).toBe(`({a:2,${long}:1})`);
  });

  test('the encoding of a Map or Set does not depend on insertion order', () => {
    const [a, b] = [{ id: 1 }, { id: 2 }];
    expect(encode(new Map([[a, 1]]).set(b, 2))).toBe(encode(new Map([[{ id: 2 }, 2]]).set(a, 1)));
    expect(encode(new Set([a, b, 3]))).toBe(encode(new Set([3, { id: 2 }, { id: 1 }])));
    expect(encode(new Set([[1], [1]]))).not.toBe(encode(new Set([[1]])));
    expect(encode(new Set([-0]), new Map([[-0, -0]]))).toBe('(Set{0},Map{0:-0})');
  });

  test('the lastIndex of a regular expression is encoded, since it changes its matches', () => {
    expect(encode(Object.assign(/a/g, { lastIndex: 3 }))).toBe("(RegExp('a','g',3))");
    expect(encode(Object.assign(/a/g, { lastIndex: -0 }))).toBe(encode(/a/g));
  });

  test('the class of a view on bytes is encoded', () => {
    const bytes = new Uint8Array([1, 255]);
    expectApart([bytes], [Buffer.from(bytes)], [bytes.buffer], [new DataView(bytes.buffer)]);
    expectApart([new Int8Array(1)], [new Uint8Array(1)], [new Uint8ClampedArray(1)]);
    expect(encode(new Uint8Array([9, 1, 255, 9]).subarray(1, 3))).toBe('(Uint8Array(01ff))');
    expect(encode(new DataView(bytes.buffer, 1))).toBe('(DataView(ff))');
  });

  test('all invalid dates are equal', () => {
    expect(encode(new Date(NaN))).toBe(encode(new Date('no date')));
    expectApart([new Date(NaN)], [NaN], [new Date(0)]);
  });

  test('an object that occurs twice is not a circle', () => {
    const shared = { a: 1 };
    expect(encode([shared, shared], { x: shared, y: [shared] })).toBe(
      '([{a:1},{a:1}],{x:{a:1},y:[{a:1}]})',
    );
  });

  test('a getter is encoded as the value it returns', () => {
    expect(
      encode({
        get a() {
          return 1;
        },
      }),
    ).toBe('({a:1})');
  });

  test('a proxy is encoded as the object it presents', () => {
    expect(encode(new Proxy({ a: 1 }, {}), new Proxy([1], {}))).toBe('({a:1},[1])');
  });

  test('non-enumerable properties are ignored', () => {
    const object = Object.defineProperties(
      { a: 1 },
      { b: { value: 2 }, [Symbol('c')]: { value: 3 } },
    );
    expect(encode(object)).toBe('({a:1})');
  });

  test('own methods that shadow those of a builtin are not called', () => {
    const hide = <T extends object>(object: T, name: string, value: unknown): T =>
      Object.defineProperty(object, name, { value });
    expect(encode(hide(new Date(0), 'toISOString', () => 'x'))).toBe(encode(new Date(0)));
    expect(encode(hide(new Map([[1, 2]]), 'entries', () => []))).toBe('(Map{1:2})');
    expect(encode(hide(new Uint8Array([1]), 'byteLength', 0))).toBe('(Uint8Array(01))');
  });
});

describe('an AbortSignal', () => {
  const { signal } = new AbortController();

  test('is encoded as undefined if it is an argument', () => {
    expect(encode(1, signal)).toBe('(1)');
    expect(encode(signal)).toBe('()');
    expect(encode(signal, 1)).toBe('(undefined,1)');
    expect(encode(1, AbortSignal.timeout(10), undefined)).toBe('(1)');
    expect(encode(1, AbortSignal.any([signal]))).toBe('(1)');
  });

  test('is left out if it is a property of an argument', () => {
    expect(encode({ a: 1, signal, z: 2 })).toBe(encode({ a: 1, z: 2 }));
    expect(encode({ abort: signal, z: 2 })).toBe('({z:2})');
    expect(encode({ signal })).toBe('({})');
    expect(encode(Object.assign(Object.create(null), { signal }))).toBe('(null{})');
    expectApart([{ signal: undefined }], [{ signal }], [{ signal: 1 }]);
  });

  test('can be of a subclass or a polyfill', () => {
    class Polyfill {
      readonly aborted = false;
      get [Symbol.toStringTag](): string {
        return 'AbortSignal';
      }
    }
    expect(encode(1, new Polyfill())).toBe('(1)');
    const extended = Object.create(signal) as AbortSignal;
    expect(encode({ extended })).toBe('({})');
  });
});

describe('an object that declares its identity', () => {
  test('is encoded as its class and the result of its cacheKey method', () => {
    expect(encode(new User(1), new User({ id: 'a' }))).toBe("(User<1>,User<{id:'a'}>)");
    expect(encode(new User(1))).toBe(encode(new User(1)));
    expectApart([new User(1)], [1], ['User<1>'], [{ User: 1 }], [[1]], [new User([1])]);
  });

  test('is encoded as its class and its toJSON() without a cacheKey method', () => {
    class Money {
      constructor(private readonly cents: number) {}
      toJSON(): unknown {
        return this.cents / 100;
      }
    }
    class Both extends Money {
      [cacheKey](): string {
        return 'both';
      }
    }
    expect(encode(new Money(250), new Both(1))).toBe("(Money<2.5>,Both<'both'>)");
  });

  test('can be a subclass of a builtin, or an Error, if its class declares the method', () => {
    class Day extends Date {
      override toJSON(): string {
        return this.toISOString().slice(0, 10);
      }
    }
    expect(encode(new Day(0))).toBe("(Day<'1970-01-01'>)");
  });

  test('can be a plain object with an own method', () => {
    expect(encode({ a: 1, toJSON: () => 5 })).toBe('(Object<5>)');
    expect(encode({ a: 1, [cacheKey]: () => 6 })).toBe('(Object<6>)');
    expect(encode(Object.assign(Object.create(null), { toJSON: () => 7 }))).toBe('(<7>)');
    expectApart([{ toJSON: 5 }], [{ toJSON: () => 5 }], [new User(5)]);
  });

  test('has an escaped class name', () => {
    const named = (name: string): object => {
      class Any extends User {}
      Object.defineProperty(Any, 'name', { value: name });
      return new Any(1);
    };
    expect(encode(named('A<B>(é)'), named(''), named("'"))).toBe(
      '(A%3CB%3E%28%C3%A9%29<1>,<1>,%27<1>)',
    );
    expect(encode(named(5 as never))).toBe('(<1>)');
  });

  test('can contain another one', () => {
    expect(encode(new User(new User(null)))).toBe('(User<User<null>>)');
  });

  test('uses a symbol that two copies of the library share', () => {
    expect(cacheKey).toBe(Symbol.for('memoaside.cacheKey'));
  });
});

describe('an object whose prototype is an empty object without a prototype', () => {
  // As fast-querystring makes them, of which Fastify's request.query is one.
  function Query(): void {}
  Query.prototype = Object.create(null);
  const query = (properties: object): object =>
    Object.assign(new (Query as unknown as new () => object)(), properties);

  test('is encoded as an object without a prototype', () => {
    expect(encode(query({ page: '1', sort: 'a' }))).toBe("(null{page:'1',sort:'a'})");
    expect(encode([query({ a: query({}) })])).toBe('([null{a:null{}}])');
    expect(encode(query({}))).toBe(encode(Object.create(Object.freeze(Object.create(null)))));
    expectApart([query({ a: 1 })], [query({ a: '1' })], [query({})], [{}], [{ a: 1 }]);
    expect(encode(query({ signal: new AbortController().signal }))).toBe('(null{})');
  });

  test('is refused if that prototype is not empty, or if there is another one above it', () => {
    const prototype: object = Object.create(null);
    const value: unknown = Object.create(prototype);
    expect(encode(value)).toBe('(null{})');
    Object.defineProperty(prototype, 'role', { value: 'admin' });
    expect(() => encode(value)).toThrow(/^argument 1 is an object with a prototype of its own/);
    for (const above of [{ [Symbol('a')]: 1 }, { a: 1 }, Object.create(null)]) {
      const refused: unknown = Object.create(Object.setPrototypeOf(above, Array.prototype));
      expect(() => encode(refused)).toThrow(KeyError);
    }
    expect(() => encode(Object.create(Object.create(Object.create(null))))).toThrow(KeyError);
  });
});

describe('bounds', () => {
  const nested = (depth: number): unknown => {
    let value: unknown = 1;
    for (let level = 0; level < depth; level++) value = [value];
    return value;
  };

  test('a value can be 100 levels deep', () => {
    expect(encode(nested(100))).toBe(`(${'['.repeat(100)}1${']'.repeat(100)})`);
    expect(() => encode(nested(101))).toThrow(
      /^argument 1, \[0\].* is nested deeper than 100 levels\. /,
    );
    expect(() => encode(nested(100_000))).toThrow('nested deeper than 100 levels');
  });

  test('a call can have 10 000 parts, in any arrangement', () => {
    expect(encode(Array(9_999).fill(1)).length).toBe(2 * 9_999 + 3);
    const message =
      /^argument 1.* would give the key more than 10000 parts\. Pass less, or write a `key`\.$/;
    expect(() => encode(Array(10_000).fill(1))).toThrow(message);
    expect(() => encode(Array(4_000_000_000))).toThrow(message);
    expect(() =>
      encode(Object.fromEntries(Array.from({ length: 10_001 }, (_, id) => [`a${id}`, 1]))),
    ).toThrow(message);
    expect(() => encode(new Set(Array(10_001).keys()))).toThrow(message);
    expect(() => encode(new Map(Array(5_001).entries()))).toThrow(message);
    expect(() => encodeArguments(Array(10_001).fill(1))).toThrow(
      'the arguments would give the key more than 10000 parts',
    );
    let doubled: unknown = [];
    for (let level = 0; level < 40; level++) doubled = [doubled, doubled];
    expect(() => encode(doubled)).toThrow(message);
  });

  test('an encoding can have 2^20 characters', () => {
    const fits = 'x'.repeat(2 ** 20 - 4);
    expect(encode(fits).length).toBe(2 ** 20);
    const message =
      /^argument \d.* would give the key more than 1048576 characters\. Pass less, or /;
    expect(() => encode(`${fits}x`)).toThrow(message);
    expect(() => encode('é'.repeat(2 ** 18))).toThrow(message);
    expect(() => encode('é'.repeat(2 ** 27))).toThrow(message);
    expect(() => encode(fits, fits)).toThrow(/^argument 2 would /);
    expect(() => encode({ a: [fits, { b: fits }] })).toThrow(
      /^argument 1, \.a\[1\]\.b|^argument 1, /,
    );
    expect(() => encode(Array(9_000).fill(fits))).toThrow(message);
    expect(() => encode(new Set(Array.from({ length: 9 }, (_, id) => fits.slice(id))))).toThrow(
      message,
    );
    expect(() => encode({ [`${fits}xxx`]: 1 })).toThrow(message);
    expect(() => encode(new Uint8Array(2 ** 19 + 1))).toThrow(message);
    expect(() => encode(10n ** 1_100_000n)).toThrow(message);
  });
});

test('encodeValue encodes one value, under a name for messages', () => {
  expect(encodeValue({ a: [1] }, 'the result')).toBe('{a:[1]}');
  expect(encodeValue(undefined, 'the result')).toBe('undefined');
  expect(() => encodeValue({ a: () => 1 }, 'the result')).toThrow(
    /^the result, \.a is a function, /,
  );
  expect(() => encodeValue(Symbol('a'), 'the result')).toThrow(/^the result is a symbol, /);
});

test.each<[string, () => unknown]>([
  ['long names', () => Array.from({ length: 200 }, () => ({ ['é'.repeat(2 ** 20)]: 1 }))],
  ['one long regular expression', () => Array(600).fill(new RegExp('x'.repeat(2 ** 20)))],
  ['one large bigint', () => Array(2_000).fill(10n ** 100_000n)],
])('%s in many places exceed the bound without being printed', (_, make) => {
  expect(() => encodeArguments([make()])).toThrow(/more than 1048576 characters/);
});
