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

const UNBUILT =
  'has no identity that a key can hold; pass plain data, give its class a [cacheKey]() or toJSON() ' +
  'method, or set the option `key`';

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
      'a function has no identity that a key can hold; leave it out of the arguments, or set the option `key`',
    ],
    [
      class {},
      'a function has no identity that a key can hold; leave it out of the arguments, or set the option `key`',
    ],
    [Symbol('a'), 'a symbol has no identity that a key can hold; pass a string instead'],
    [Symbol.iterator, 'a symbol has no identity that a key can hold; pass a string instead'],
    [Promise.resolve(), 'a promise has no identity that a key can hold; await it before the call'],
    [new Error('a'), 'an Error has no identity that a key can hold; pass its code or its message'],
    [
      new SharedArrayBuffer(1),
      'a SharedArrayBuffer has no identity that a key can hold; pass a copy of its bytes',
    ],
    [
      [1].values(),
      'an iterator has no identity that a key can hold; pass an array of what it yields',
    ],
    [
      new Map().keys(),
      'an iterator has no identity that a key can hold; pass an array of what it yields',
    ],
    [
      new Set().keys(),
      'an iterator has no identity that a key can hold; pass an array of what it yields',
    ],
    [
      (function* () {})(),
      'a generator has no identity that a key can hold; pass an array of what it yields',
    ],
    [
      (async function* () {})(),
      'an async generator has no identity that a key can hold; pass an array of what it yields',
    ],
    [new User(1), `an instance of User ${UNBUILT}`],
    [new WeakMap(), `a WeakMap ${UNBUILT}`],
    [new WeakRef({}), `a WeakRef ${UNBUILT}`],
    [new URLSearchParams('a=1'), `a URLSearchParams ${UNBUILT}`],
    [new (class {})(), `an object with a prototype of its own ${UNBUILT}`],
    [Object.create({ a: 1 }), `an object with a prototype of its own ${UNBUILT}`],
    [new OpenMap(), `an instance of OpenMap, a subclass of Map, ${UNBUILT}`],
    [new Day(0), `an instance of Day, a subclass of Date, ${UNBUILT}`],
    [new Box(), `an instance of Box, a subclass of Array, ${UNBUILT}`],
    [new Chunk(1), `an instance of Chunk, a subclass of Uint8Array, ${UNBUILT}`],
    [Math, `a plain object that calls itself Math ${UNBUILT}`],
    [
      Object.setPrototypeOf(new Date(), Object.prototype),
      `a plain object that calls itself Date ${UNBUILT}`,
    ],
    [
      Object.setPrototypeOf(Object(1), null),
      'an object without a prototype has no identity that a key can hold; pass the primitive instead',
    ],
    [
      Object.setPrototypeOf([1], Object.prototype),
      `a plain object that calls itself Array ${UNBUILT}`,
    ],
    [Object.create(Array.prototype), `an array that calls itself Object ${UNBUILT}`],
    ...boxed.map(([value, type]): [unknown, string] => [
      value,
      `a boxed ${type} has no identity that a key can hold; pass the primitive instead`,
    ]),
    [
      Object(Symbol('a')),
      'a boxed symbol has no identity that a key can hold; pass a string instead',
    ],
  ];

  test.each(refused.map(([value, message]) => [message, value]))('%s', (message, value) => {
    expect(refusalOf(value).message).toBe(`argument 1: ${message}`);
    expect(refusalOf(1, { a: [value] }).message).toBe(`argument 2, .a[0]: ${message}`);
  });

  test('the arguments object of a function', () => {
    const seen = (function (..._: unknown[]) {
      // eslint-disable-next-line prefer-rest-params -- the test is about the arguments object
      return refusalOf(arguments).message;
    })(1);
    expect(seen).toBe(
      'argument 1: an arguments object has no identity that a key can hold; pass an array instead: [...arguments]',
    );
  });

  test('an AbortSignal deeper than a property of an argument', () => {
    const { signal } = new AbortController();
    expect(refusalOf({ options: { signal } }).message).toBe(
      'argument 1, .options.signal: an AbortSignal in this place has no identity that a key can hold; ' +
        'make it an argument or a property of one',
    );
    expect(refusalOf([signal]).message).toMatch(/^argument 1, \[0\]: an AbortSignal/);
  });

  test('an object that only has the prototype of a builtin', () => {
    for (const { prototype } of [Date, RegExp, Map, Set, ArrayBuffer, DataView, Uint8Array, URL]) {
      const imposter: unknown = Object.create(prototype);
      const error = refusalOf(imposter);
      expect(error.message).toMatch(/^argument 1: threw when it was read: /);
      expect(error.cause).toBeDefined();
    }
    expect(refusalOf(Object.setPrototypeOf(new Int8Array(1), Uint8Array.prototype)).message).toBe(
      'argument 1: threw when it was read: not a Uint8Array inside',
    );
  });
});

describe('a property that a key would leave out throws a KeyError', () => {
  const BUILTIN =
    'a property of its own on a builtin object is not part of a key; move it into a plain object';

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
    expect(refusalOf(value).message).toBe(`argument 1, ${path}: ${BUILTIN}`);
  });

  test('a property under a symbol, of any object', () => {
    const symbol = Symbol('hidden');
    for (const value of [{}, [], new Date(), /a/, new Map(), new Set(), new Uint8Array(1)]) {
      expect(refusalOf(Object.assign(value, { [symbol]: 1 })).message).toBe(
        'argument 1, [Symbol(hidden)]: a property under a symbol is not part of a key; ' +
          'move it into a plain object under a name',
      );
    }
  });

  test('an own tag with which an object imitates another', () => {
    for (const value of [{}, new Date(0), []]) {
      Object.defineProperty(value, Symbol.toStringTag, { value: 'Object' });
      expect(refusalOf(value).message).toMatch(/^argument 1, \[Symbol\(Symbol.toStringTag\)\]: /);
    }
  });

  test('a regular expression with an own flag or a lastIndex that is not a number', () => {
    const flagged = Object.defineProperty(/a/, 'global', { value: true });
    expect(refusalOf(flagged).message).toBe(
      'argument 1: threw when it was read: not as RegExp made it',
    );
    expect(refusalOf(Object.assign(/a/, { lastIndex: '1' })).message).toBe(
      'argument 1: threw when it was read: not as RegExp made it',
    );
  });
});

describe('a circular structure', () => {
  test('throws a KeyError that names both ends of the circle', () => {
    const tree: Record<string, unknown> = { list: [{}] };
    (tree['list'] as object[])[0] = { up: tree };
    expect(refusalOf({ tree }).message).toBe(
      'argument 1, .tree.list[0].up: refers back to argument 1, .tree, and a circular structure ' +
        'has no key; leave it out',
    );
  });

  test('is detected through collections and identities', () => {
    const map = new Map<unknown, unknown>();
    map.set('self', map);
    expect(refusalOf(map).message).toMatch(
      /^argument 1, \.get\('self'\): refers back to argument 1,/,
    );
    const set = new Set<unknown>();
    set.add([set]);
    expect(refusalOf(set).message).toMatch(/^argument 1, \.values\(\)\[0\]\[0\]: refers back to/);
    const self = {
      toJSON(): unknown {
        return this;
      },
    };
    expect(refusalOf({ self }).message).toMatch(/^argument 1, \.self\.toJSON\(\): refers back to/);
    class Endless {
      [cacheKey](): unknown {
        return new Endless();
      }
    }
    expect(refusalOf(new Endless()).message).toMatch(
      /\[cacheKey\]\(\): nested deeper than 100 levels/,
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
      expect(error.message).toBe(`argument 1, ${path}: threw when it was read: boom`);
      expect(error.cause).toBe(boom);
    }
  });

  test('can throw any value, and can be a proxy', () => {
    const thrown = refusalOf({
      toJSON(): never {
        throw undefined;
      },
    });
    expect(thrown.message).toBe('argument 1, .toJSON(): threw when it was read');
    expect('cause' in thrown && thrown.cause === undefined).toBe(true);
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(refusalOf(1, proxy).message).toMatch(/^argument 2: threw when it was read: .*revoked/);
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
      'argument 1, .user.toJSON(): returned undefined, which is no identity; return one',
    );
  });
});

describe('a path', () => {
  const leaf = (): number => 1;

  test('contains every step', () => {
    expect(refusalOf({ user: { save: leaf } }).message).toMatch(
      /^argument 1, \.user\.save: a function/,
    );
    expect(refusalOf(0, [[{ 'first name': [leaf] }]]).message).toMatch(
      /^argument 2, \[0\]\[0\]\['first%20name'\]\[0\]: /,
    );
    expect(refusalOf(new Map([[{ id: 1 }, leaf]])).message).toMatch(
      /^argument 1, \.get\(\{id:1\}\): a function/,
    );
    expect(refusalOf(new Set([1, leaf])).message).toMatch(
      /^argument 1, \.values\(\)\[1\]: a function/,
    );
  });

  test('starts again with every argument and every sibling', () => {
    expect(refusalOf({ a: { b: 1 } }, [[1], leaf]).message).toMatch(/^argument 2, \[1\]: /);
    expect(refusalOf([{ a: 1 }], leaf).message).toMatch(/^argument 2: /);
  });

  test('stays short', () => {
    const long = 'x'.repeat(1_000);
    expect(refusalOf({ [long]: leaf }).message).toMatch(/^argument 1, \.x{60}\.\.\.: a function/);
    let deep: unknown = leaf;
    for (let level = 0; level < 90; level++) deep = { [`name${level}`]: deep };
    expect(refusalOf(deep).message.length).toBeLessThan(400);
    expect(refusalOf(deep).message).toMatch(/^argument 1, \.name89.* \.\.\. .*\.name0: a function/);
  });
});
