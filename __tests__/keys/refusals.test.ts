import { KeyError } from '../../src/errors.js';
import { encodeArguments } from '../../src/keys/encode.js';
import { cacheKey } from '../../src/keys/identity.js';

function refusalOf(...args: unknown[]): KeyError {
  try {
    encodeArguments(args);
  } catch (error) {
    if (error instanceof KeyError) return error;
    throw new Error('not a KeyError', { cause: error });
  }
  throw new Error('no error');
}

const ANY_OBJECT =
  ', and a key cannot tell such objects apart. Pass plain data, give the class a [cacheKey]() or ' +
  'toJSON() method, or write a `key`.';

class User {
  readonly #id: number;
  constructor(id: number) {
    this.#id = id;
  }
  get id(): number {
    return this.#id;
  }
}
class OpenMap extends Map {}
class Day extends Date {}
class Box<T> extends Array<T> {}
class Chunk extends Uint8Array {}

describe('a value without identity throws a KeyError', () => {
  const boxed: [unknown, string][] = [
    [Object(1), 'number'],
    [Object('a'), 'string'],
    [Object(true), 'boolean'],
    [Object(1n), 'bigint'],
  ];

  const refused: [unknown, string][] = [
    [
      () => 1,
      'a function, and a key cannot tell functions apart. Pass plain data, or write a `key`.',
    ],
    [
      class {},
      'a function, and a key cannot tell functions apart. Pass plain data, or write a `key`.',
    ],
    [Symbol('a'), 'a symbol, and a key cannot tell symbols apart. Pass a string instead.'],
    [Symbol.iterator, 'a symbol, and a key cannot tell symbols apart. Pass a string instead.'],
    [
      Promise.resolve(),
      'a promise, and a key cannot tell promises apart. Await it before the call.',
    ],
    [new Error('a'), 'an Error, and a key cannot tell errors apart. Pass its code or its message.'],
    [
      new SharedArrayBuffer(1),
      'a SharedArrayBuffer, and a key cannot tell such objects apart. Pass a copy of its bytes.',
    ],
    [
      [1].values(),
      'an iterator, and a key cannot tell iterators apart. Pass an array of its values.',
    ],
    [
      new Map().keys(),
      'an iterator, and a key cannot tell iterators apart. Pass an array of its values.',
    ],
    [
      new Set().keys(),
      'an iterator, and a key cannot tell iterators apart. Pass an array of its values.',
    ],
    [
      (function* () {})(),
      'a generator, and a key cannot tell generators apart. Pass an array of its values.',
    ],
    [
      (async function* () {})(),
      'an async generator, and a key cannot tell generators apart. Pass an array of its values.',
    ],
    [new User(1), `an instance of User${ANY_OBJECT}`],
    [new WeakMap(), `a WeakMap${ANY_OBJECT}`],
    [new WeakRef({}), `a WeakRef${ANY_OBJECT}`],
    [new URLSearchParams('a=1'), `a URLSearchParams${ANY_OBJECT}`],
    [new (class {})(), `an object with a prototype of its own${ANY_OBJECT}`],
    [Object.create({ a: 1 }), `an object with a prototype of its own${ANY_OBJECT}`],
    [new OpenMap(), `an instance of OpenMap, a subclass of Map${ANY_OBJECT}`],
    [new Day(0), `an instance of Day, a subclass of Date${ANY_OBJECT}`],
    [new Box(), `an instance of Box, a subclass of Array${ANY_OBJECT}`],
    [new Chunk(1), `an instance of Chunk, a subclass of Uint8Array${ANY_OBJECT}`],
    [Math, `a plain object that calls itself Math${ANY_OBJECT}`],
    [
      Object.setPrototypeOf(new Date(), Object.prototype),
      `a plain object that calls itself Date${ANY_OBJECT}`,
    ],
    [
      Object.setPrototypeOf(Object(1), null),
      'an object without a prototype, and a key cannot tell such objects apart. Pass the primitive instead.',
    ],
    [
      Object.setPrototypeOf([1], Object.prototype),
      `a plain object that calls itself Array${ANY_OBJECT}`,
    ],
    [Object.create(Array.prototype), `an array that calls itself Object${ANY_OBJECT}`],
    ...boxed.map(([value, type]): [unknown, string] => [
      value,
      `a boxed ${type}, and a key cannot tell such objects apart. Pass the primitive instead.`,
    ]),
    [
      Object(Symbol('a')),
      'a boxed symbol, and a key cannot tell such objects apart. Pass a string instead.',
    ],
  ];

  test.each(refused.map(([value, message]) => [message, value]))('%s', (message, value) => {
    expect(refusalOf(value).message).toBe(`argument 1 is ${message}`);
    expect(refusalOf(1, { a: [value] }).message).toBe(`argument 2, .a[0] is ${message}`);
  });

  test('the arguments object of a function', () => {
    const seen = (function (..._: unknown[]) {
      // eslint-disable-next-line prefer-rest-params -- the test is about the arguments object
      return refusalOf(arguments).message;
    })(1);
    expect(seen).toBe(
      'argument 1 is an arguments object, and a key cannot tell such objects apart. Pass an array instead: [...arguments].',
    );
  });

  test('an AbortSignal deeper than a property of an argument', () => {
    const { signal } = new AbortController();
    expect(refusalOf({ options: { signal } }).message).toBe(
      'argument 1, .options.signal is an AbortSignal, and a key cannot tell signals apart. ' +
        'Pass it as an argument, or as a property of one.',
    );
    expect(refusalOf([signal]).message).toMatch(/^argument 1, \[0\] is an AbortSignal/);
  });

  test('an object that only has the prototype of a builtin', () => {
    for (const { prototype } of [Date, RegExp, Map, Set, ArrayBuffer, DataView, Uint8Array, URL]) {
      const imposter: unknown = Object.create(prototype);
      const error = refusalOf(imposter);
      expect(error.message).toMatch(/^argument 1 threw when it was read: /);
      expect(error.cause).toBeDefined();
    }
    expect(refusalOf(Object.setPrototypeOf(new Int8Array(1), Uint8Array.prototype)).message).toBe(
      'argument 1 threw when it was read: the content is not that of a Uint8Array',
    );
  });
});

describe('a property that a key would leave out throws a KeyError', () => {
  const BUILTIN =
    'is a property of a built-in object, and a key does not contain it. Move it into a plain object.';

  test.each<[object, string]>([
    [Object.assign([1], { extra: 1 }), '.extra'],
    [Object.assign([], { '-1': 1 }), "['-1']"],
    [Object.assign([], { '01': 1 }), "['01']"],
    [Object.assign([], { '4294967295': 1 }), "['4294967295']"],
    [Object.assign(new Date(0), { extra: 1 }), '.extra'],
    [Object.assign(/a/, { extra: 1 }), '.extra'],
    [Object.assign(new Map(), { extra: 1 }), '.extra'],
    [Object.assign(new Set(), { 0: 1 }), "['0']"],
    [Object.assign(new URL('http://a'), { extra: 1 }), '.extra'],
    [Object.assign(Buffer.from('a'), { filename: 1 }), '.filename'],
    [Object.assign(new ArrayBuffer(1), { 0: 1 }), "['0']"],
  ])('an own property of %p', (value, path) => {
    expect(refusalOf(value).message).toBe(`argument 1, ${path} ${BUILTIN}`);
  });

  test('a property under a symbol, of any object', () => {
    const symbol = Symbol('hidden');
    for (const value of [{}, [], new Date(), /a/, new Map(), new Set(), new Uint8Array(1)]) {
      expect(refusalOf(Object.assign(value, { [symbol]: 1 })).message).toBe(
        'argument 1, [Symbol(hidden)] is a property under a symbol, and a key does not contain it. ' +
          'Move it into a plain object under a name.',
      );
    }
  });

  test('an own tag with which an object imitates another', () => {
    for (const value of [{}, new Date(0), []]) {
      Object.defineProperty(value, Symbol.toStringTag, { value: 'Object' });
      expect(refusalOf(value).message).toMatch(/^argument 1, \[Symbol\(Symbol.toStringTag\)\] is /);
    }
  });

  test('a regular expression with an own flag or a lastIndex that is not a number', () => {
    const flagged = Object.defineProperty(/a/, 'global', { value: true });
    expect(refusalOf(flagged).message).toBe(
      'argument 1 threw when it was read: a RegExp with own properties',
    );
    expect(refusalOf(Object.assign(/a/, { lastIndex: '1' })).message).toBe(
      'argument 1 threw when it was read: a RegExp with own properties',
    );
  });
});

describe('a circular structure', () => {
  test('throws a KeyError that names both ends of the circle', () => {
    const tree: Record<string, unknown> = { list: [{}] };
    (tree['list'] as object[])[0] = { up: tree };
    expect(refusalOf({ tree }).message).toBe(
      'argument 1, .tree.list[0].up refers back to argument 1, .tree, and a circular structure ' +
        'has no key. Leave it out.',
    );
  });

  test('is detected through collections and identities', () => {
    const map = new Map<unknown, unknown>();
    map.set('self', map);
    expect(refusalOf(map).message).toMatch(
      /^argument 1, \.get\('self'\) refers back to argument 1,/,
    );
    const set = new Set<unknown>();
    set.add([set]);
    expect(refusalOf(set).message).toMatch(/^argument 1, \.values\(\)\[0\]\[0\] refers back to/);
    const self = {
      toJSON(): unknown {
        return this;
      },
    };
    expect(refusalOf({ self }).message).toMatch(/^argument 1, \.self\.toJSON\(\) refers back to/);
    class Endless {
      [cacheKey](): unknown {
        return new Endless();
      }
    }
    expect(refusalOf(new Endless()).message).toMatch(
      /\[cacheKey\]\(\) is nested deeper than 100 levels/,
    );
  });
});

describe('a value that throws when it is read', () => {
  const boom = new TypeError('boom');
  const fail = (): never => {
    throw boom;
  };

  test('throws a KeyError with its path and the cause', () => {
    const getter = Object.defineProperty({}, 'a', { get: fail, enumerable: true });
    const cases: [unknown, string][] = [
      [[getter], '[0].a'],
      [{ user: { toJSON: fail } }, '.user.toJSON()'],
      [{ user: { [cacheKey]: fail } }, '.user[cacheKey]()'],
      [new Map([['k', getter]]), ".get('k').a"],
      [new Map([[getter, 1]]), '.keys()[0].a'],
    ];
    for (const [value, path] of cases) {
      const error = refusalOf(value);
      expect(error.message).toBe(`argument 1, ${path} threw when it was read: boom`);
      expect(error.cause).toBe(boom);
    }
  });

  test('can throw any value, and can be a proxy', () => {
    const thrown = refusalOf({
      toJSON(): never {
        throw undefined;
      },
    });
    expect(thrown.message).toBe('argument 1, .toJSON() threw when it was read');
    expect('cause' in thrown && thrown.cause === undefined).toBe(true);
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(refusalOf(1, proxy).message).toMatch(/^argument 2 threw when it was read: .*revoked/);
    expect(refusalOf(new Proxy({}, { ownKeys: fail })).cause).toBe(boom);
  });

  test('keeps a nested KeyError as the cause', () => {
    const inner = new KeyError('inner');
    const error = refusalOf({
      get a(): never {
        throw inner;
      },
    });
    expect(error.cause).toBe(inner);
  });

  test('an undefined identity counts as missing', () => {
    expect(refusalOf({ user: { toJSON() {} } }).message).toBe(
      'argument 1, .user.toJSON() must return an identity, but returned undefined',
    );
  });
});

describe('a path', () => {
  const leaf = (): number => 1;

  test('contains every step', () => {
    expect(refusalOf({ user: { save: leaf } }).message).toMatch(
      /^argument 1, \.user\.save is a function/,
    );
    expect(refusalOf(0, [[{ 'first name': [leaf] }]]).message).toMatch(
      /^argument 2, \[0\]\[0\]\['first%20name'\]\[0\] is /,
    );
    expect(refusalOf(new Map([[{ id: 1 }, leaf]])).message).toMatch(
      /^argument 1, \.get\(\{id:1\}\) is a function/,
    );
    expect(refusalOf(new Set([1, leaf])).message).toMatch(
      /^argument 1, \.values\(\)\[1\] is a function/,
    );
  });

  test('starts again with every argument and every sibling', () => {
    expect(refusalOf({ a: { b: 1 } }, [[1], leaf]).message).toMatch(/^argument 2, \[1\] is /);
    expect(refusalOf([{ a: 1 }], leaf).message).toMatch(/^argument 2 is /);
  });

  test('stays short', () => {
    const long = 'x'.repeat(1_000);
    expect(refusalOf({ [long]: leaf }).message).toMatch(/^argument 1, \.x{60}\.\.\. is a function/);
    let deep: unknown = leaf;
    for (let level = 0; level < 90; level++) deep = { [`name${level}`]: deep };
    expect(refusalOf(deep).message.length).toBeLessThan(400);
    expect(refusalOf(deep).message).toMatch(
      /^argument 1, \.name89.* \.\.\. .*\.name0 is a function/,
    );
  });
});
