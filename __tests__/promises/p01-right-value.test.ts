import { inspect, isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { createCache, KeyError, lru, memoize, OptionError, type Backend } from '../../src/index.js';
import { memcached } from '../../src/memcached.js';
import { describeEvery } from '../support/every-backend.js';
import { describeMemcached, MemcachedDaemon } from '../support/memcached-daemon.js';
import { randomFrom } from '../support/random.js';
import { flush } from '../support/until.js';

const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
const circular = (): unknown => {
  const object: Record<string, unknown> = { a: 1 };
  object['self'] = object;
  return object;
};
class Secret {
  readonly #state: number;
  constructor(state: number) {
    this.#state = state;
  }
  reveal(): number {
    return this.#state;
  }
}

type Arguments = readonly unknown[];

/** Pairs of argument lists that other libraries confuse. */
const DIFFERENT: readonly (readonly [string, Arguments, Arguments])[] = [
  ['strings with one weak hash', ['Ez'], ['FY']],
  ['a number and its string', [1], ['1']],
  ['a number and a bigint', [1], [1n]],
  ['a number and a boolean', [1], [true]],
  ['a number and an array of it', [1], [[1]]],
  ['a number and a bigint in an object', [{ id: 1 }], [{ id: 1n }]],
  ['two bigints', [1n], [2n]],
  ['undefined before another argument, and null', [undefined, 1], [null, 1]],
  ['null and its string', [null], ['null']],
  ['null and NaN', [null], [NaN]],
  ['NaN and Infinity', [NaN], [Infinity]],
  ['NaN and its string', [NaN], ['NaN']],
  ['undefined and its string', [undefined], ['undefined']],
  ['no argument and an empty string', [], ['']],
  ['no argument and null', [], [null]],
  ['Maps', [new Map([['a', 1]])], [new Map([['b', 1]])]],
  ['a Map and a Set', [new Map()], [new Set()]],
  ['a Map and an empty object', [new Map([['a', 1]])], [{}]],
  ['a Map and an object with its entries', [new Map([['a', 1]])], [{ a: 1 }]],
  ['Sets', [new Set([1])], [new Set([2])]],
  ['a Date and its string', [new Date(0)], [new Date(0).toISOString()]],
  ['a Date and its number', [new Date(0)], [0]],
  ['expressions', [/a/], [/b/]],
  ['flags of regular expressions', [/a/], [/a/i]],
  ['an object and its JSON', [{ a: 1 }], ['{"a":1}']],
  ['a string with a separator', ['a:b', 'c'], ['a', 'b:c']],
  ['a string with a dash', ['a-b', 'c'], ['a', 'b-c']],
  ['a string with a mark', ['a!b', 'c'], ['a', 'b!c']],
  ['a string with quotes and a comma', ["a','b"], ['a', 'b']],
  ['an array and its string', [[1, 2]], ['1,2']],
  ['an array and its items', [[1, 2]], [1, 2]],
  ['0 and -0', [0], [-0]],
  ['a property that is undefined, and a missing one', [{ a: undefined }], [{}]],
  ['a hole and undefined', [[,]], [[undefined]]],
  ['nested lists', [[[1], 2]], [[[1, 2]]]],
  ['bytes and an array of them', [new Uint8Array([1])], [[1]]],
  ['views of different widths', [new Uint8Array([1, 0])], [new Uint16Array([1])]],
  ['a lone surrogate and another', ['\ud800'], ['\udfff']],
  ['a lone surrogate and its replacement', ['\ud800'], ['\ufffd']],
  ['two ways to write an accent', ['\u00e9'], ['e\u0301']],
  ['a space and its code', [' '], ['%20']],
  ['a line break and a space', ['\n'], [' ']],
  ['long strings that differ at their end', ['x'.repeat(70_000)], [`${'x'.repeat(69_999)}y`]],
  ['long strings of different lengths', ['x'.repeat(300)], ['x'.repeat(301)]],
  ['one argument more', [1], [1, 2]],
  ['second arguments', [1, 2], [1, 5]],
];

/** Pairs of argument lists that are equal calls. */
const EQUAL: readonly (readonly [string, Arguments, Arguments])[] = [
  ['properties in another order', [{ a: 1, b: 2 }], [{ b: 2, a: 1 }]],
  ['a Map in another order', [new Map([[1, 2], [3, 4]])], [new Map([[3, 4], [1, 2]])]], // prettier-ignore
  ['trailing undefined', [1], [1, undefined]],
  ['another AbortSignal', [1, new AbortController().signal], [1, new AbortController().signal]],
  ['a signal in the options', [{ a: 1, signal: new AbortController().signal }], [{ a: 1 }]],
  ['Dates of the same time', [new Date(5)], [new Date(5)]],
  ['NaNs', [NaN], [NaN]],
];

const REFUSED: readonly (readonly [string, Arguments, string])[] = [
  ['a function', [() => 1], 'a function'],
  ['a symbol', [Symbol('a')], 'a symbol'],
  ['a promise', [Promise.resolve(1)], 'a promise'],
  ['an object with private state', [new Secret(1)], 'an instance of Secret'],
  ['a function nested in an object', [1, { user: { save: () => 1 } }], 'argument 2, .user.save'],
  ['an object that contains itself', [circular()], '.self'],
  ['an object nested too deeply', [nested(200)], 'levels'],
];

describeEvery(
  'P1: a call gets the value that its own function returned for equal arguments',
  (place) => {
    /** A function that returns its arguments and the number of its runs. */
    const teller = () => {
      const { cache, heard } = place.open();
      const counted = { runs: 0 };
      const tell = cache.memoize(
        async (...args: unknown[]) => {
          counted.runs += 1;
          return inspect(args, { depth: Infinity, maxStringLength: Infinity });
        },
        { name: 'tell' },
      );
      return { cache, heard, counted, tell };
    };

    test.each(DIFFERENT)('%s have different keys', async (_, one, other) => {
      const { cache, counted, tell } = teller();
      const first = await tell(...one);
      await cache.idle();
      const second = await tell(...other);
      await cache.idle();
      expect(counted.runs).toBe(2);
      expect([await tell(...one), await tell(...other)]).toEqual([first, second]);
      expect(counted.runs).toBe(2);
    });

    test.each(EQUAL)('%s have one key', async (_, one, other) => {
      const { cache, counted, tell } = teller();
      const first = await tell(...one);
      await cache.idle();
      expect(await tell(...other)).toBe(first);
      expect(counted.runs).toBe(1);
    });

    test.each(REFUSED)(
      '%s throws a KeyError with its path before anything is computed',
      async (_, args, path) => {
        const { counted, tell, heard } = teller();
        const error: unknown = await tell(...args).catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(KeyError);
        expect((error as Error).message).toContain(path);
        expect(counted.runs).toBe(0);
        expect(heard).toEqual([]);
      },
    );

    test('for any arguments, a hit returns the value computed for equal arguments', async () => {
      const { cache, counted } = teller();
      const seen: { args: unknown[]; run: number }[] = [];
      const number = cache.memoize(
        async (..._: unknown[]) => {
          counted.runs += 1;
          return counted.runs;
        },
        { name: 'number' },
      );
      const argument = fc.anything({
        maxDepth: 2,
        withBigInt: true,
        withDate: true,
        withMap: true,
      });
      await fc.assert(
        fc.asyncProperty(fc.array(argument, { maxLength: 3 }), async (args) => {
          const run = await number(...args);
          await cache.idle();
          const equal = seen.find((before) => isDeepStrictEqual(before.args, trimmed(args)));
          if (equal === undefined) seen.push({ args: trimmed(args), run });
          expect(run).toBe(equal?.run ?? counted.runs);
          expect(await number(...args)).toBe(run);
        }),
        { numRuns: 150, seed: 8 },
      );
    });

    test.each(['1h', '30d', '31d', '366d', 1e13, 2 ** 60, Infinity] as const)(
      'with a ttl of %p a value is hit',
      async (ttl) => {
        const { cache } = place.open();
        let computed = 0;
        const f = cache.memoize(async (n: number) => n + (computed += 1), { name: 'lasting', ttl });
        expect(await f(1)).toBe(2);
        await cache.idle();
        expect(await f(1)).toBe(2);
      },
    );

    test('with a ttl of 0 every call computes', async () => {
      const { cache } = place.open();
      let computed = 0;
      const f = cache.memoize(async (n: number) => n + (computed += 1), {
        name: 'unstored',
        ttl: 0,
      });
      expect(await f(1)).toBe(2);
      await cache.idle();
      expect(await f(1)).toBe(3);
      expect(await f.peek(1)).toBeUndefined();
    });

    test('an omitted argument and its default each give the right value', async () => {
      const { cache } = place.open();
      const scaled = async (n: number, by = 2): Promise<number> => n * by;
      const scale = cache.memoize(scaled);
      expect([await scale(1), await scale(1, 2), await scale(1, 5), await scale(1)]).toEqual([
        2, 2, 5, 2,
      ]);
    });

    test('a faulty key function causes a KeyError, never a value', async () => {
      const { cache } = place.open();
      const cause = new TypeError('no id');
      const f = cache.memoize(async (n: number) => n, {
        name: 'keyed',
        key: () => {
          throw cause;
        },
      });
      const error: unknown = await f(1).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(KeyError);
      expect((error as Error).cause).toBe(cause);
    });

    test('invalidating a falsy argument removes that entry only', async () => {
      const { cache, counted, tell } = teller();
      const falsy = [0, '', false, null, undefined, NaN];
      for (const value of falsy) await tell(value);
      await cache.idle();
      await tell.invalidate(0);
      for (const value of falsy) await tell(value);
      expect(counted.runs).toBe(falsy.length + 1);
    });

    test('names and arguments that concatenate to the same string have different keys', async () => {
      const { cache } = place.open();
      const names = ['a', 'a~b', 'a(1)', 'a:1', 'a@2', 'a#1', 'a b', 'a%20b', 'A', 'é'];
      const functions = names.map((name) =>
        cache.memoize(async (...args: string[]) => `${name}/${args.join('/')}`, { name }),
      );
      const lists = [['b~c'], ['c'], ['1'], [], ['x__stale__'], ['b', 'c']];
      const ask = () =>
        Promise.all(functions.flatMap((f) => lists.map((args) => f(...(args as [string])))));
      const right = names.flatMap((name) => lists.map((args) => `${name}/${args.join('/')}`));
      expect(await ask()).toEqual(right);
      await cache.idle();
      expect(await ask()).toEqual(right);
      expect(cache.stats()).toMatchObject({ hit: right.length, miss: right.length, error: 0 });
    });

    test('concurrent calls with keys of any length and characters each get their own value', async () => {
      const { cache } = place.open();
      const start = place.freshName();
      const ends = [
        ...['', ' ', '\n', '\0', '\x7f', 'é'.repeat(125), 'é'.repeat(126), '\ud800', '\udfff'],
        ...['x'.repeat(240), 'x'.repeat(251), 'x'.repeat(70_000), 'a b', 'a_b', 'END\r\n', '%20'],
      ];
      const f = cache.memoize(async (end: string) => `value of ${end}`, {
        key: (end) => (end === '' ? '' : start + end),
      });
      const ask = () => Promise.all(ends.map((end) => f(end)));
      const right = ends.map((end) => `value of ${end}`);
      expect(await ask()).toEqual(right);
      await cache.idle();
      expect(await ask()).toEqual(right);
      expect(cache.stats()).toMatchObject({ hit: ends.length, miss: ends.length, error: 0 });
      await f.invalidate('');
    });

    test('many concurrent calls with small and large values each get their own value', async () => {
      const { cache } = place.open();
      const random = randomFrom(1);
      const sizes = Array.from({ length: 400 }, () => Math.floor(10 ** (1 + 4 * random())));
      const make = (n: number): string => `${n}:`.repeat(Math.ceil((sizes[n] ?? 0) / 4));
      const f = cache.memoize(async (n: number) => make(n), { name: 'sized' });
      for (let round = 0; round < 3; round += 1) {
        const values = await Promise.all(sizes.map((_, n) => f(n)));
        expect(values.findIndex((value, n) => value !== make(n))).toBe(-1);
        await cache.idle();
      }
      expect(cache.stats()).toMatchObject({ miss: 400, hit: 800, error: 0 });
    });

    test('two classes with a method of one name share no entries', async () => {
      const { cache } = place.open();
      class Users {
        @cache.cached() async findById(id: number): Promise<string> {
          return `user ${id}`;
        }
      }
      class Orders {
        @cache.cached() async findById(id: number): Promise<string> {
          return `order ${id}`;
        }
      }
      for (let round = 0; round < 2; round += 1) {
        expect(await new Users().findById(1)).toBe('user 1');
        expect(await new Orders().findById(1)).toBe('order 1');
        await cache.idle();
      }
    });

    test('objects with the tenant in the key each hit their own entries', async () => {
      const { cache } = place.open();
      class Repo {
        constructor(readonly tenant: string) {}
        @cache.cached({
          key(id) {
            return [this.tenant, id];
          },
        })
        async find(id: number): Promise<string> {
          return `${this.tenant}/${id}`;
        }
      }
      const ask = async () => [await new Repo('a').find(1), await new Repo('b').find(1)];
      expect(await ask()).toEqual(['a/1', 'b/1']);
      await cache.idle();
      expect(await ask()).toEqual(['a/1', 'b/1']);
      expect(cache.stats()).toMatchObject({ hit: 2, miss: 2 });
    });

    test('an inherited method, an override and its parent have separate entries', async () => {
      const { cache } = place.open();
      class Shape {
        label = 'shape';
        @cache.cached() async name(n: number): Promise<string> {
          return `${this.label}${n}`;
        }
      }
      class Circle extends Shape {
        override label = 'circle';
      }
      class Square extends Shape {
        @cache.cached() override async name(n: number): Promise<string> {
          return `square of ${await super.name(n)}`;
        }
      }
      const ask = async () => [
        await new Shape().name(1),
        await new Circle().name(1),
        await new Square().name(1),
      ];
      expect(await ask()).toEqual(['shape1', 'circle1', 'square of shape1']);
      await cache.idle();
      expect(await ask()).toEqual(['shape1', 'circle1', 'square of shape1']);
    });

    test('functions of different versions share neither flights nor entries', async () => {
      const { cache } = place.open();
      const old = cache.memoize(async (n: number) => `old ${n}`, { name: 'versioned', version: 1 });
      const young = cache.memoize(async (n: number) => `young ${n}`, {
        name: 'versioned',
        version: 2,
      });
      for (let round = 0; round < 2; round += 1) {
        expect([await old(1), await young(1)]).toEqual(['old 1', 'young 1']);
        await cache.idle();
      }
    });
  },
);

function trimmed(args: readonly unknown[]): unknown[] {
  const rest = [...args];
  while (rest.length > 0 && rest.at(-1) === undefined) rest.pop();
  return rest;
}

describe('P1: in process', () => {
  test('functions on one LRU share no entries, even with equal names or keys', () => {
    const cache = createCache();
    const make = (factor: number) => (n: number) => n * factor;
    const functions = [
      cache.memoize((n: number) => n * 2),
      cache.memoize((n: number) => n * 3),
      cache.memoize((n: number) => n * 4, { key: 'k:{0}' }),
      cache.memoize((n: number) => n * 5, { key: 'k:{0}' }),
      cache.memoize(make(6)),
      cache.memoize(make(7)),
      cache.memoize((n: number) => n * 8, { name: 'same' }),
      cache.memoize((n: number) => n * 9, { name: 'same' }),
    ];
    for (let round = 0; round < 2; round += 1) {
      expect(functions.map((f) => f(1))).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    }
  });

  test('two caches with one key each compute their own value', async () => {
    const caches = [createCache(), createCache()];
    const functions = caches.map((cache, index) =>
      cache.memoize(async (n: number) => (await flush(), `${index}/${n}`), { key: 'same:{0}' }),
    );
    expect(await Promise.all(functions.map((f) => f(1)))).toEqual(['0/1', '1/1']);
  });

  test('objects with private state have separate entries', () => {
    const cache = createCache();
    class Vault {
      readonly #secret: string;
      constructor(secret: string) {
        this.#secret = secret;
      }
      @cache.cached() open(n: number): string {
        return `${this.#secret}${n}`;
      }
    }
    const vaults = [new Vault('a'), new Vault('b')];
    expect(vaults.map((vault) => vault.open(1))).toEqual(['a1', 'b1']);
    expect(vaults.map((vault) => vault.open(1))).toEqual(['a1', 'b1']);
    expect(cache.stats()).toMatchObject({ hit: 2, miss: 2 });
  });

  test('a function called on several objects has separate entries for each', () => {
    const f = memoize(function (this: { readonly by: number }, n: number): number {
      return this.by * n;
    });
    const [two, three] = [{ by: 2 }, { by: 3 }];
    expect([f.call(two, 1), f.call(three, 1), f.call(two, 1)]).toEqual([2, 3, 2]);
  });

  test.each(['clone', 'freeze'] as const)(
    'with copy: %p, a caller that mutates a value does not affect others',
    (copy) => {
      const f = memoize(() => ({ list: [1, 2] }), { backend: lru({ copy }) });
      for (let call = 0; call < 3; call += 1) {
        const answer = f();
        expect(answer).toEqual({ list: [1, 2] });
        if (copy === 'clone') answer.list.push(3);
        else expect(() => answer.list.push(3)).toThrow(TypeError);
      }
    },
  );
});

describeMemcached('P1: on memcached', () => {
  let daemon: MemcachedDaemon;
  let backend: Backend;
  beforeAll(async () => {
    daemon = await MemcachedDaemon.start();
    backend = memcached(daemon.address, { timeout: '5s' });
  });
  afterAll(async () => {
    await backend.close?.();
    await daemon.stop();
  });

  test('a function without a name throws, since its keys would not identify it', () => {
    expect(() => memoize(async (n: number) => n, { backend })).toThrow(OptionError);
  });

  test('two functions of one name throw, since they would share entries', () => {
    const make = (factor: number) =>
      memoize(
        async function scaled(n: number) {
          return n * factor;
        },
        { backend },
      );
    make(2);
    expect(() => make(3)).toThrow(OptionError);
  });

  test('two classes of one name throw before the second computes', async () => {
    let computed = 0;
    const define = () => {
      class Repo {
        @createdOn(backend) async find(id: number): Promise<number> {
          computed += 1;
          return id;
        }
      }
      return new Repo();
    };
    await define().find(1);
    await expect((async () => define().find(2))()).rejects.toThrow(OptionError);
    expect(computed).toBe(1);
  });

  test('a caller that mutates a value does not affect later callers', async () => {
    const cache = createCache({ backend });
    const f = cache.memoize(async () => ({ list: [1, 2] }), { name: 'mutated' });
    for (let call = 0; call < 3; call += 1) {
      const answer = await f();
      expect(answer).toEqual({ list: [1, 2] });
      answer.list.push(3);
      await cache.idle();
    }
    expect(cache.stats()).toMatchObject({ hit: 2, miss: 1 });
  });

  test('a caller that mutates returned bytes does not affect the stored ones, even if they are sent later', async () => {
    const cache = createCache({ backend });
    const f = cache.memoize(async () => Buffer.from('abc'), { name: 'mutatedBytes' });
    (await f()).fill(0);
    await cache.idle();
    expect((await f()).toString()).toBe('abc');
  });

  test.each([
    ['unknown flags', '7'],
    ['flags of a pickle', '1'],
    ['an invalid integer', '2'],
    ['invalid JSON', String(16 | 256)],
    ['invalid devalue text', String(16 | 512)],
    ['invalid zlib data', String(16 | 8)],
    ['an unassigned kind', String(16 | 768)],
  ])('%s: a miss and an event, never a value', async (title, flags) => {
    await daemon.ask(`set poison:${flags} ${flags} 0 7\r\n{"a":1,`);
    const cache = createCache({ backend });
    const f = cache.memoize(async (_: string) => title, { key: 'poison:{0}' });
    expect(await f(flags)).toBe(title);
    expect(cache.stats()).toMatchObject({ error: 1, miss: 1, hit: 0 });
    await cache.idle();
    expect(await f(flags)).toBe(title);
    expect(cache.stats()).toMatchObject({ error: 1, hit: 1 });
  });

  test('clear throws, since the keys are shared, and deletes nothing', async () => {
    const cache = createCache({ backend });
    const f = cache.memoize(async (n: number) => n, { name: 'kept' });
    await f(1);
    await cache.idle();
    await expect((async () => f.clear())()).rejects.toThrow(OptionError);
    expect((await f.peek(1))?.value).toBe(1);
  });

  test('JSON with __proto__ pollutes no prototype', async () => {
    const json = '{"__proto__":{"admin":true},"a":1}';
    await daemon.ask(`set poison:proto ${16 | 256} 0 ${json.length}\r\n${json}`);
    const f = memoize(async (): Promise<{ admin?: boolean }> => ({}), {
      key: () => 'poison:proto',
      backend,
    });
    expect((await f()).admin).toBeUndefined();
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });
});

const createdOn = (backend: Backend) => createCache({ backend }).cached;
