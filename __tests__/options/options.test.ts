import {
  cached,
  createCache,
  lru,
  memoize,
  OptionError,
  type Backend,
  type CacheEvent,
  type MemoizeOptions,
} from '../../src/index.js';
import { memcached } from '../../src/memcached.js';
import { remoteBackend } from '../support/remote-backend.js';

type Loose = MemoizeOptions<unknown, unknown[], unknown> & { backend?: Backend };

const add = function add(a: number, b: number): number {
  return a + b;
};
const define = (options: unknown): unknown => memoize(add as never, options as Loose);

describe('an invalid option throws at definition, and the message says what to write', () => {
  test.each<[string, unknown, string]>([
    ['options that are a string', 'x', 'memoize: the options must be an object, but are "x"'],
    ['options that are null', null, 'memoize: the options must be an object, but are null'],
    ['options that are an array', [], 'memoize: the options must be an object, but are an array'],
    [
      'an unknown option',
      { maxAge: 5 },
      'memoize: there is no option `maxAge`; the options are ttl, key, name',
    ],
    [
      'a negative ttl',
      { ttl: -1 },
      "memoize: `ttl` must be a duration such as '30s' or 500 (milliseconds), but is -1",
    ],
    ['a ttl that is NaN', { ttl: NaN }, '(milliseconds), but is NaN'],
    ['a ttl without a unit', { ttl: '30' }, '(milliseconds), but is "30"'],
    ['a ttl in an unknown unit', { ttl: '3 fortnights' }, 'but is "3 fortnights"'],
    ['a ttl in months', { ttl: '1M' }, 'but is "1M"'],
    ['a negative duration string', { ttl: '-5s' }, 'but is "-5s"'],
    ['a ttl that is null', { ttl: null }, 'but is null'],
    ['a ttl that is an object', { ttl: {} }, 'but is a plain object'],
    [
      'a key that is a number',
      { key: 5 },
      "`key` must be a template such as 'user:{0}' or a function of the arguments, but is 5",
    ],
    ['a template without a placeholder', { key: 'x' }, 'or key: () => "x" if that is meant'],
    ['a named placeholder', { key: 'u:{id}' }, 'positions'],
    ['a version beside a template', { key: 'u:{0}', version: 2 }, 'part of derived keys only'],
    ['a version that is an object', { version: {} }, '`version` must be a finite number'],
    ['an empty name', { name: '' }, 'memoize: `name` must be a non-empty string, but is ""'],
    ['a name that is a number', { name: 5 }, '`name` must be a non-empty string, but is 5'],
    [
      'a shouldCache that is not a function',
      { shouldCache: true },
      'memoize: `shouldCache` must be a function, but is true',
    ],
    [
      'warnings that are a string',
      { warnings: 'no' },
      'memoize: `warnings` must be true or false, but is "no"',
    ],
    [
      'a window without a unit',
      { staleWhileRevalidate: '5' },
      "`staleWhileRevalidate` must be a duration such as '30s'",
    ],
    ['a window that is null', { staleWhileRevalidate: null }, 'but is null'],
    ['a negative staleIfError', { staleIfError: -1 }, '`staleIfError` must be a duration'],
    [
      'a staleIfError without its for',
      { staleIfError: {} },
      '`staleIfError.for` must be a duration',
    ],
    ['a staleIfError that is null', { staleIfError: null }, '`staleIfError` must be a duration'],
    [
      'a staleIfError with an unknown option',
      { staleIfError: { for: 1, if: 2 } },
      'memoize: staleIfError: there is no option `if`; the options are for, when',
    ],
    [
      'a predicate that is not a function',
      { staleIfError: { for: 1, when: 2 } },
      'memoize: `staleIfError.when` must be a function, but is 2',
    ],
    ['an errorTtl that is NaN', { errorTtl: NaN }, '`errorTtl` must be a duration'],
    [
      'a negative β',
      { earlyRefresh: -1 },
      '`earlyRefresh` must be a finite number of at least 0, but is -1',
    ],
    ['a β that is a string', { earlyRefresh: '1' }, 'at least 0, but is "1"'],
    ['an infinite β', { earlyRefresh: Infinity }, 'at least 0, but is Infinity'],
    [
      'a jitter above 1',
      { jitter: 10 },
      'memoize: `jitter` must be a number from 0 to 1, but is 10',
    ],
    ['a jitter that is NaN', { jitter: NaN }, 'from 0 to 1, but is NaN'],
    [
      'a computeTimeout of 0',
      { computeTimeout: 0 },
      '`computeTimeout` must be longer than 0, but is 0',
    ],
    [
      'a lease that is a number',
      { lease: 5 },
      'memoize: `lease` must be true, false or { ttl, wait }, but is 5',
    ],
    [
      'a lease that is null',
      { lease: null },
      '`lease` must be true, false or { ttl, wait }, but is null',
    ],
    [
      'a lease with an unknown option',
      { lease: { time: 1 } },
      'no option `time`; the options are ttl, wait',
    ],
    [
      'a lease that is too short',
      { lease: { ttl: 5 } },
      '`lease.ttl` must be from 100 ms to 1 hour, but is 5',
    ],
    ['a lease that never ends', { lease: { ttl: Infinity } }, '1 hour, but is Infinity'],
    ['a wait without a unit', { lease: { wait: '1' } }, '`lease.wait` must be a duration'],
    [
      'a listener that is not a function',
      { onEvent: {} },
      '`onEvent` must be a function, but is a plain object',
    ],
    [
      'a backend that is an empty object',
      { backend: {} },
      'memoize: `backend` must be lru(), memcached() or an object with name, sync, shared, get, set and delete, but is a plain object',
    ],
    ['a backend that is a string', { backend: 'localhost' }, 'delete, but is "localhost"'],
    ['a Map as a backend', { backend: new Map() }, '`backend` must be lru(), memcached()'],
    [
      'a backend without a name',
      { backend: { ...lru(), name: undefined } },
      'an object with name, sync, shared, get, set and delete, but is a plain object',
    ],
  ])('%s', (_, options, message) => {
    expect(() => define(options)).toThrow(OptionError);
    expect(() => define(options)).toThrow(message);
  });

  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'memoize: the first argument must be a function, but is undefined'],
    [
      'a promise',
      Promise.resolve(1),
      'memoize: the first argument must be a function, but is a promise',
    ],
    [
      'a class',
      class User {
        readonly id = 1;
      },
      'User is a class; memoize a function that creates instances: () => new User()',
    ],
    [
      'a generator',
      function* numbers() {
        yield 1;
      },
      'numbers is a generator function, and its iterator can be used only once; memoize a function that returns an array',
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
      'createCache: there is no option `max`; the options are backend, ttl',
    ],
    [
      'a cache with null as a backend',
      () => createCache({ backend: null as never }),
      'createCache: `backend` must be lru(), memcached() or',
    ],
    [
      'a cache with a wrong ttl',
      () => createCache({ ttl: 'soon' as never }),
      'createCache: `ttl` must be a duration such as \'30s\' or 500 (milliseconds), but is "soon"',
    ],
    [
      'a cache with a function as a ttl',
      () => createCache({ ttl: (() => 5) as never }),
      'but is a function',
    ],
    [
      'an lru with a max of 0',
      () => lru({ max: 0 }),
      'lru: `max` must be an integer from 1 to 16777216, but is 0',
    ],
    ['an lru without a limit', () => lru({ max: Infinity }), 'to 16777216, but is Infinity'],
    ['an lru with a string as max', () => lru({ max: '10' as never }), 'to 16777216, but is "10"'],
    [
      'an lru with more entries than a Map holds',
      () => lru({ max: 2 ** 24 + 1 }),
      'to 16777216, but is 16777217',
    ],
    [
      'an unknown policy',
      () => lru({ policy: 'fifo' as never }),
      "lru: `policy` must be 'lru' or 's3-fifo', but is \"fifo\"",
    ],
    [
      'an unknown copy mode',
      () => lru({ copy: 'deep' as never }),
      "lru: `copy` must be 'none', 'clone' or 'freeze', but is \"deep\"",
    ],
    [
      'an unknown option of an lru',
      () => lru({ ttl: 5 } as never),
      'lru: there is no option `ttl`; the options are max, policy, copy',
    ],
    [
      'an unknown option of memcached',
      () => memcached('h', { retries: 2 } as never),
      'memcached: there is no option `retries`; the options are timeout',
    ],
    [
      'a timeout of 0',
      () => memcached('h', { timeout: 0 }),
      'memcached: `timeout` must be a duration from 1 ms to 1 minute, but is 0',
    ],
    [
      'an invalid timeout',
      () => memcached('h', { timeout: 'x' as never }),
      '`timeout` must be a duration',
    ],
    [
      'a maxItem below 1024',
      () => memcached('h', { maxItem: 5 }),
      "memcached: `maxItem` must be the server's item limit, 1024 to 2 ** 30 bytes, but is 5",
    ],
    [
      'an invalid codec',
      () => memcached('h', { codec: {} as never }),
      'memcached: `codec` must be an object with the functions encode and decode, but is a plain object',
    ],
    ['an invalid port', () => memcached('h:0'), '0'],
    ['no server', () => memcached([]), 'server'],
  ])('%s', (_, wrong, message) => {
    expect(wrong).toThrow(OptionError);
    expect(wrong).toThrow(message);
  });

  test('a function without a name throws on a shared backend', () => {
    expect(() => memoize(async () => 1, { backend: remoteBackend() })).toThrow(OptionError);
    expect(() => memoize(async () => 1, { backend: remoteBackend() })).toThrow(
      "keys of a function start with its name, but this one has none; write { name: '…' }, or a `key`",
    );
  });

  test('two functions of one name throw on one shared backend', () => {
    const backend = remoteBackend();
    const { memoize: on } = createCache({ backend });
    on(async () => 1, { name: 'twice' });
    expect(() => on(async () => 2, { name: 'twice' })).toThrow(OptionError);
    expect(() => on(async () => 2, { name: 'twice' })).toThrow(
      'two functions on one remote backend are called "twice" and would share their entries',
    );
    expect(() => on(async () => 1, { name: 'twice', version: 2 })).not.toThrow();
    expect(() =>
      createCache({ backend: remoteBackend() }).memoize(async () => 1, { name: 'twice' }),
    ).not.toThrow();
  });

  test('a failed definition can be repeated with valid options', () => {
    const backend = remoteBackend();
    expect(() => memoize(async () => 1, { backend, name: 'again', ttl: -1 })).toThrow(OptionError);
    expect(() => memoize(async () => 1, { backend, name: 'again', ttl: 1 })).not.toThrow();
  });

  test('the message of clear() starts with the name option of an arrow function', async () => {
    const f = memoize(async () => 1, { backend: remoteBackend(), name: 'counted' });
    await expect(f.clear()).rejects.toThrow(
      'counted: clear() cannot find the keys of one function on the remote backend',
    );
  });

  test('clear() rejects on a shared backend', async () => {
    const f = memoize(async (n: number) => n, { backend: remoteBackend(), name: 'f' });
    await expect(f.clear()).rejects.toThrow(OptionError);
    await expect(f.clear()).rejects.toThrow('with another `version`');
  });

  test('an async function rejects, and does not throw, if its key cannot be derived', async () => {
    const f = memoize(async (_: unknown) => 1);
    await expect(f(() => 1)).rejects.toThrow(
      'is a function, and a key cannot tell functions apart',
    );
  });

  test('the message about an option of @cached starts with @cached', () => {
    expect(() =>
      (cached as unknown as (o: unknown) => (...args: unknown[]) => unknown)({ ttl: -1 })(
        {},
        'find',
        { value: add },
      ),
    ).toThrow("@cached: `ttl` must be a duration such as '30s' or 500 (milliseconds), but is -1");
  });
});

describe('a callback with a wrong result emits an error event that says what to return', () => {
  const failing = (): never => {
    throw new Error('no');
  };
  test.each<[string, MemoizeOptions<unknown, unknown[], unknown>, string]>([
    [
      'ttl',
      { ttl: () => -1 },
      "`ttl` must return a duration such as '30s' or 500 (milliseconds), but returned -1",
    ],
    [
      'shouldCache',
      { shouldCache: (() => 1) as never },
      '`shouldCache` must return true or false, but returned 1',
    ],
    [
      'an async shouldCache',
      { shouldCache: (async () => true) as never },
      '`shouldCache` must return true or false, but returned a promise',
    ],
    [
      'staleIfError.when',
      { ttl: 1, staleIfError: { for: '1h', when: (() => 'yes') as never } },
      '`staleIfError.when` must return true or false, but returned "yes"',
    ],
  ])('%s', (_, options, message) => {
    jest.useFakeTimers();
    try {
      const messages: string[] = [];
      const onEvent = (event: CacheEvent): unknown =>
        event.type === 'error' && messages.push((event.error as Error).message);
      let work = (): unknown => 1;
      const f = memoize(() => work(), { ...options, onEvent });
      f();
      jest.advanceTimersByTime(10);
      if ('staleIfError' in options) {
        work = failing;
        expect(f).toThrow('no');
      }
      expect(messages).toEqual([message]);
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('valid options', () => {
  test.each([0, 1, 0.5, Infinity, '0ms', '500ms', '1.5s', '30s', '5m', '1h', '7d', '2w'] as const)(
    'ttl: %p',
    (ttl) => {
      expect(() => memoize(add, { ttl })).not.toThrow();
    },
  );

  test("a function's own options take precedence over those of the cache", () => {
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

  test('a cache gets and counts the events of all its functions, and each function its own', () => {
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
