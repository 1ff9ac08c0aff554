import {
  cached,
  createCache,
  lru,
  memoize,
  OptionError,
  type Backend,
  type MemoizeOptions,
} from '../../src/index.js';
import { memcached } from '../../src/memcached.js';
import { remoteBackend } from '../support/remote-backend.js';

type Loose = MemoizeOptions<unknown, unknown[], unknown> & { backend?: Backend };

const add = function add(a: number, b: number): number {
  return a + b;
};
const define = (options: unknown): unknown => memoize(add as never, options as Loose);

describe('an option that cannot work is refused at definition, and the message says what to write', () => {
  test.each<[string, unknown, string]>([
    ['options that are no object', 'x', 'memoize: the options are "x"; write an object'],
    ['options that are null', null, 'memoize: the options are null; write an object'],
    ['options that are a list', [], 'memoize: the options are an array; write an object'],
    ['an unknown option', { maxAge: 5 }, 'there is no option "maxAge"; there are ttl, key, name'],
    ['a negative ttl', { ttl: -1 }, 'ttl: -1 is no duration; write milliseconds (500) or a text'],
    ['a ttl that is NaN', { ttl: NaN }, 'ttl: NaN is no duration'],
    [
      'a ttl without a unit',
      { ttl: '30' },
      "ttl: \"30\" is no duration; write milliseconds (500) or a text with a unit: '500ms', '30s', '5m', '1h', '7d'",
    ],
    ['a ttl in an unknown unit', { ttl: '3 fortnights' }, 'ttl: "3 fortnights" is no duration'],
    ['a ttl in months, which are minutes to some', { ttl: '1M' }, 'ttl: "1M" is no duration'],
    ['a negative text', { ttl: '-5s' }, 'ttl: "-5s" is no duration'],
    ['a ttl that is null', { ttl: null }, 'ttl: null is no duration'],
    ['a ttl that is an object', { ttl: {} }, 'ttl: an object is no duration'],
    ['a key that is a number', { key: 5 }, "key: 5 is no key; write a template such as 'user:{0}'"],
    ['a template without a placeholder', { key: 'x' }, 'or key: () => "x" if that is meant'],
    ['a named placeholder', { key: 'u:{id}' }, 'positions'],
    ['a version beside a template', { key: 'u:{0}', version: 2 }, 'part of derived keys only'],
    ['a version that is an object', { version: {} }, 'is no version; write a number'],
    ['an empty name', { name: '' }, 'name: "" is no name; write a text that is not empty'],
    ['a name that is a number', { name: 5 }, 'name: 5 is no name'],
    [
      'a shouldCache that is no function',
      { shouldCache: true },
      'shouldCache: true is no function',
    ],
    [
      'a window that is no duration',
      { staleWhileRevalidate: '5' },
      'staleWhileRevalidate: "5" is no duration',
    ],
    ['a window that is null', { staleWhileRevalidate: null }, 'null is no duration'],
    ['a negative staleIfError', { staleIfError: -1 }, 'staleIfError: -1 is no duration'],
    ['a staleIfError without its for', { staleIfError: {} }, 'staleIfError.for: undefined is no'],
    ['a staleIfError that is null', { staleIfError: null }, 'staleIfError: the options are null'],
    [
      'a staleIfError with something else',
      { staleIfError: { for: 1, if: 2 } },
      'there is no option "if"; there are for, when',
    ],
    [
      'a predicate that is none',
      { staleIfError: { for: 1, when: 2 } },
      'staleIfError.when: 2 is no function',
    ],
    ['an errorTtl that is NaN', { errorTtl: NaN }, 'errorTtl: NaN is no duration'],
    ['a negative β', { earlyRefresh: -1 }, 'earlyRefresh: -1 is out of bounds; write a number'],
    ['a β that is a text', { earlyRefresh: '1' }, 'earlyRefresh: "1" is out of bounds'],
    ['an infinite β', { earlyRefresh: Infinity }, 'earlyRefresh: Infinity is out of bounds'],
    ['a jitter above 1', { jitter: 10 }, 'jitter: 10 is out of bounds; write a number from 0 to 1'],
    ['a jitter that is NaN', { jitter: NaN }, 'jitter: NaN is out of bounds'],
    ['no time to compute', { computeTimeout: 0 }, 'computeTimeout: 0 leaves no time; write more'],
    ['a lease that is a number', { lease: 5 }, 'lease: 5 is no lease; write true, false or { ttl'],
    ['a lease that is null', { lease: null }, 'lease: the options are null'],
    ['a lease with something else', { lease: { time: 1 } }, 'there are ttl, wait'],
    [
      'a lease that is too short',
      { lease: { ttl: 5 } },
      'lease.ttl: 5 is out of bounds; write 100',
    ],
    ['a lease that never ends', { lease: { ttl: Infinity } }, 'lease.ttl: Infinity is out of'],
    ['a wait that is no duration', { lease: { wait: '1' } }, 'lease.wait: "1" is no duration'],
    ['a listener that is no function', { onEvent: {} }, 'onEvent: an object is no function'],
    [
      'a backend that is none',
      { backend: {} },
      'backend: an object is no backend; write lru(), memcached()',
    ],
    ['a backend that is a text', { backend: 'localhost' }, 'backend: "localhost" is no backend'],
    ['a Map for a backend', { backend: new Map() }, 'is no backend'],
  ])('%s', (_, options, message) => {
    expect(() => define(options)).toThrow(OptionError);
    expect(() => define(options)).toThrow(message);
  });

  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'memoize: undefined is no function'],
    ['a promise', Promise.resolve(1), 'memoize: an object is no function'],
    [
      'a class',
      class User {
        readonly id = 1;
      },
      'User is a class; memoize a function that makes instances: () => new User()',
    ],
    [
      'a generator',
      function* numbers() {
        yield 1;
      },
      'numbers is a generator function',
    ],
    [
      'an async generator',
      async function* numbers() {
        yield 1;
      },
      'numbers is a generator function',
    ],
  ])('memoizing %s', (_, fn, message) => {
    expect(() => memoize(fn as never)).toThrow(OptionError);
    expect(() => memoize(fn as never)).toThrow(message);
  });

  test.each<[string, () => unknown, string]>([
    [
      'an unknown option of a cache',
      () => createCache({ max: 5 } as never),
      'createCache: there is no option "max"; there are backend, ttl',
    ],
    [
      'a cache on no backend',
      () => createCache({ backend: null as never }),
      'backend: null is no backend',
    ],
    [
      'a cache with a wrong ttl',
      () => createCache({ ttl: 'soon' as never }),
      'ttl: "soon" is no duration',
    ],
    [
      'a cache with a function for a ttl',
      () => createCache({ ttl: (() => 5) as never }),
      'ttl: a function is no duration',
    ],
    [
      'an lru of nothing',
      () => lru({ max: 0 }),
      'lru: max is 0; write the number of entries to keep, a positive integer',
    ],
    ['an lru without bound', () => lru({ max: Infinity }), 'lru: max is Infinity'],
    ['an lru of a text', () => lru({ max: '10' as never }), 'lru: max is "10"'],
    ['an lru of more than a Map holds', () => lru({ max: 2 ** 24 + 1 }), 'lru: max is 16777217'],
    [
      'an unknown policy',
      () => lru({ policy: 'fifo' as never }),
      "lru: policy is \"fifo\"; write 'lru' or 's3-fifo'",
    ],
    [
      'an unknown way to copy',
      () => lru({ copy: 'deep' as never }),
      "lru: copy is \"deep\"; write 'none', 'clone' or 'freeze'",
    ],
    [
      'an unknown option of an lru',
      () => lru({ ttl: 5 } as never),
      'lru: there is no option "ttl"; there are max, policy, copy',
    ],
    [
      'an unknown option of memcached',
      () => memcached('h', { retries: 2 } as never),
      'memcached: there is no option "retries"; there are timeout',
    ],
    [
      'a timeout of nothing',
      () => memcached('h', { timeout: 0 }),
      'memcached: `timeout` must be a duration from 1 ms to 1 minute, but is 0',
    ],
    [
      'a timeout that is none',
      () => memcached('h', { timeout: 'x' as never }),
      'timeout: "x" is no duration',
    ],
    [
      'an item limit of nothing',
      () => memcached('h', { maxItem: 5 }),
      "memcached: `maxItem` must be the server's item limit, 1024 to 2 ** 30 bytes, but is 5",
    ],
    [
      'a codec that is none',
      () => memcached('h', { codec: {} as never }),
      'memcached: `codec` must be an object with the functions encode and decode, but is an object',
    ],
    ['a port that is none', () => memcached('h:0'), '0'],
    ['no server', () => memcached([]), 'server'],
  ])('%s', (_, wrong, message) => {
    expect(wrong).toThrow(OptionError);
    expect(wrong).toThrow(message);
  });

  test('a function without a name on a shared backend', () => {
    expect(() => memoize(async () => 1, { backend: remoteBackend() })).toThrow(OptionError);
    expect(() => memoize(async () => 1, { backend: remoteBackend() })).toThrow(
      "write { name: '…' }, or a key",
    );
  });

  test('two functions of one name on one shared backend', () => {
    const backend = remoteBackend();
    const { memoize: on } = createCache({ backend });
    on(async () => 1, { name: 'twice' });
    expect(() => on(async () => 1, { name: 'twice' })).toThrow(OptionError);
    expect(() => on(async () => 1, { name: 'twice' })).toThrow(
      'two functions on one remote backend are called "twice" and would share their entries',
    );
    expect(() => on(async () => 1, { name: 'twice', version: 2 })).not.toThrow();
    expect(() =>
      createCache({ backend: remoteBackend() }).memoize(async () => 1, { name: 'twice' }),
    ).not.toThrow();
  });

  test('a definition that failed can be made again', () => {
    const backend = remoteBackend();
    expect(() => memoize(async () => 1, { backend, name: 'again', ttl: -1 })).toThrow(OptionError);
    expect(() => memoize(async () => 1, { backend, name: 'again', ttl: 1 })).not.toThrow();
  });

  test('clear() of an arrow function calls it by the name it was given', async () => {
    const f = memoize(async () => 1, { backend: remoteBackend(), name: 'counted' });
    await expect(f.clear()).rejects.toThrow('counted: clear() cannot tell');
  });

  test('clear() on a shared backend', async () => {
    const f = memoize(async (n: number) => n, { backend: remoteBackend(), name: 'f' });
    await expect(f.clear()).rejects.toThrow(OptionError);
    await expect(f.clear()).rejects.toThrow('with another `version`');
  });

  test('a key that cannot be derived is a rejection of an async function, not a throw', async () => {
    const f = memoize(async (_: unknown) => 1);
    await expect(f(() => 1)).rejects.toThrow('a function has no identity that a key can hold');
  });

  test('options of @cached', () => {
    expect(() =>
      (cached as unknown as (o: unknown) => (...args: unknown[]) => unknown)({ ttl: -1 })(
        {},
        'find',
        { value: add },
      ),
    ).toThrow('ttl: -1 is no duration');
  });
});

describe('options that work', () => {
  test.each([0, 1, 0.5, Infinity, '0ms', '500ms', '1.5s', '30s', '5m', '1h', '7d', '2w'] as const)(
    'ttl: %p',
    (ttl) => {
      expect(() => memoize(add, { ttl })).not.toThrow();
    },
  );

  test("a function's own options go before those of the cache", () => {
    jest.useFakeTimers();
    try {
      const cache = createCache({ ttl: '1s', version: 7 });
      let computed = 0;
      const short = cache.memoize(function short() {
        return (computed += 1);
      });
      const long = cache.memoize(
        function long() {
          return (computed += 1);
        },
        { ttl: '1h', version: 8 },
      );
      expect([short.keyFor(), long.keyFor()]).toEqual(['short@7()', 'long@8()']);
      expect(cache.memoize(add, { key: 'a:{0}' }).keyFor(1, 2)).toBe('a:1');
      short();
      long();
      jest.advanceTimersByTime(2000);
      expect([short(), long()]).toEqual([3, 2]);
    } finally {
      jest.useRealTimers();
    }
  });

  test('a cache hears and counts all of its functions, and each of them itself', () => {
    const heard: string[] = [];
    const cache = createCache({ onEvent: (event) => heard.push(`${event.name}:${event.type}`) });
    const one = cache.memoize((n: number) => n, { name: 'one' });
    const two = cache.memoize((n: number) => n, { name: 'two', onEvent: () => heard.push('own') });
    one(1);
    two(1);
    expect(heard).toEqual(['one:miss', 'one:store', 'own', 'two:miss', 'own', 'two:store']);
    expect([one.stats().miss, two.stats().miss, cache.stats().miss]).toEqual([1, 1, 2]);
  });
});
