import { createCache, KeyError, lru, memoize, OptionError, type Backend } from '../../src/index.js';
import { remoteBackend } from '../support/remote-backend.js';
import { deferred, transcript } from '../support/transcript.js';
import { flush } from '../support/until.js';

const counted = (options: object = {}) => {
  const { heard, onEvent } = transcript();
  let computed = 0;
  const f = memoize(
    function f(n: number): string {
      return `${n}/${(computed += 1)}`;
    },
    { ...options, onEvent },
  );
  return { f, heard };
};

describe('controls', () => {
  test('invalidate removes the entry of these arguments and no other', () => {
    const { f } = counted();
    f(1);
    f(2);
    expect(f.invalidate(1)).toBe(true);
    expect([f(1), f(2)]).toEqual(['1/3', '2/2']);
  });

  test('invalidate works with falsy arguments', () => {
    const { f } = counted();
    f(0);
    f(1);
    f.invalidate(0);
    expect([f(0), f(1)]).toEqual(['0/3', '1/2']);
  });

  test('refresh computes even if a value is stored, and replaces it', () => {
    const { f, heard } = counted();
    expect([f(1), f.refresh(1), f(1)]).toEqual(['1/1', '1/2', '1/2']);
    expect(heard).toEqual(['miss', 'store', 'refresh', 'store', 'hit']);
  });

  test('a refresh that fails throws the error and leaves the stored value', () => {
    let fail = false;
    const f = memoize((n: number) => {
      if (fail) throw new Error('down');
      return n;
    });
    f(1);
    fail = true;
    expect(() => f.refresh(1)).toThrow('down');
    expect(f(1)).toBe(1);
  });

  test.each([
    ['shouldCache declines', { shouldCache: (value: string) => !value.endsWith('2') }],
    ['has a ttl of 0', { ttl: (value: string) => (value.endsWith('2') ? 0 : 1000) }],
    ['the backend cannot keep', { ttl: (value: string) => (value.endsWith('2') ? -1 : 1000) }],
  ])('a refreshed value that %s still removes the old one', (_, options) => {
    const { f } = counted(options);
    expect([f(1), f.refresh(1), f(1)]).toEqual(['1/1', '1/2', '1/3']);
  });

  test('calls during a refresh share it', async () => {
    const gates = [deferred<string>(), deferred<string>()];
    let computed = 0;
    const f = memoize((_: number) => gates[computed++]!.promise);
    gates[0]!.resolve('old');
    await f(1);
    const refreshed = f.refresh(1);
    const joined = f(1);
    gates[1]!.resolve('new');
    expect(await Promise.all([refreshed, joined])).toEqual(['new', 'new']);
    expect(computed).toBe(2);
  });

  test('a second refresh computes again, and the first stores nothing', async () => {
    const gates = [deferred<string>(), deferred<string>()];
    let computed = 0;
    const f = memoize((_: number) => gates[computed++]!.promise);
    const [first, second] = [f.refresh(1), f.refresh(1)];
    gates[1]!.resolve('second');
    expect(await second).toBe('second');
    gates[0]!.resolve('first');
    expect(await first).toBe('first');
    expect(await f(1)).toBe('second');
  });

  test('peek neither computes nor counts', () => {
    const { f, heard } = counted();
    expect(f.peek(1)).toBeUndefined();
    f(1);
    expect(f.peek(1)).toEqual({ value: '1/1', freshUntil: Infinity });
    expect(heard).toEqual(['miss', 'store']);
  });

  test('peek distinguishes a stored undefined from a missing entry', () => {
    const f = memoize((_: number) => undefined);
    expect(f.peek(1)).toBeUndefined();
    f(1);
    expect(f.peek(1)).toEqual({ value: undefined, freshUntil: Infinity });
  });

  test('peek returns freshUntil in wall time', () => {
    const { f } = counted({ ttl: '1h' });
    const before = Date.now();
    f(1);
    const { freshUntil } = f.peek(1)!;
    expect(freshUntil).toBeGreaterThanOrEqual(before + 3_599_990);
    expect(freshUntil).toBeLessThanOrEqual(Date.now() + 3_600_010);
  });

  test('prime takes the arguments as an array', () => {
    const half = memoize((n: number) => n / 2, { name: 'half' });
    const prime = (): unknown => half.prime(4 as never, 2);
    expect(prime).toThrow(OptionError);
    expect(prime).toThrow(
      'half: the first argument of prime must be an array, but is 4; write prime([...arguments], value)',
    );
    expect(half.stats().prime).toBe(0);
  });

  test('prime stores a value and fences the computation in progress', async () => {
    const gate = deferred<string>();
    const f = memoize((_: number) => gate.promise);
    const old = f(1);
    expect(await f.prime([1], Promise.resolve('primed'))).toBe(true);
    gate.resolve('computed');
    expect(await old).toBe('computed');
    expect(await f(1)).toBe('primed');
  });

  test('a primed value is returned as a promise if the function returns promises', async () => {
    const f = memoize((n: number) => Promise.resolve(n));
    await f.prime([1], Promise.resolve(5));
    expect(f(1)).toBeInstanceOf(Promise);
    expect(await f(1)).toBe(5);
  });

  test('a plain value primed for an async function is returned as a promise', async () => {
    const f = memoize(async (n: number) => n);
    void f.prime([1], 5 as never);
    expect(await f(1).then((value) => value)).toBe(5);
  });

  test('keyFor returns the key', () => {
    const { f } = counted();
    expect(f.keyFor(1)).toBe('f(1)');
    expect(counted({ key: 'x:{0}' }).f.keyFor(1)).toBe('x:1');
    expect(counted({ version: 2 }).f.keyFor(1)).toBe('f@2(1)');
  });

  test('clear removes all entries of the function and fences its computations in progress', async () => {
    const cache = createCache({ backend: lru() });
    const gate = deferred<number>();
    const slow = cache.memoize((_: number) => gate.promise);
    const other = cache.memoize(() => ({}));
    const value = other();
    const old = slow(1);
    expect(slow.clear()).toBe(true);
    gate.resolve(1);
    await old;
    expect(slow.peek(1)).toBeUndefined();
    expect(other()).toBe(value);
  });

  test('original is the function itself', () => {
    const fn = (n: number): number => n;
    expect(memoize(fn).original).toBe(fn);
  });

  test('stats count every type of event', () => {
    const { f } = counted();
    f(1);
    f(1);
    f.refresh(1);
    f.invalidate(1);
    f.prime([1], 'x');
    f.clear();
    expect(f.stats()).toEqual({
      hit: 1,
      stale: 0,
      miss: 1,
      join: 0,
      recursion: 0,
      errorHit: 0,
      retry: 0,
      wait: 0,
      abort: 0,
      store: 3,
      skip: 0,
      computeError: 0,
      fallback: 0,
      refresh: 1,
      prime: 1,
      invalidate: 1,
      confirm: 0,
      clear: 1,
      error: 0,
    });
  });

  test.each<[string, PropertyDescriptor]>([
    ['read-only', { value: 'own', writable: false, configurable: false }],
    ['an accessor', { get: () => 'own', configurable: false }],
    ['writable', { value: 'own', writable: true, configurable: true }],
  ])("controls replace the function's own properties of their names: %s", (_, descriptor) => {
    const fn = Object.defineProperties((n: number) => n, { clear: descriptor, stats: descriptor });
    const f = memoize(Object.freeze(fn));
    f(1);
    expect(f.stats()).toMatchObject({ miss: 1 });
    expect([f.clear(), Reflect.get(f.original, 'clear')]).toEqual([true, 'own']);
  });

  test('a frozen function can be memoized, and so can its memoized function when it is frozen', () => {
    let computed = 0;
    const fn = Object.freeze(Object.assign((n: number) => n + (computed += 1), { tag: 'a' }));
    const f = memoize(Object.freeze(memoize(fn)));
    expect([f(1), f(1), f.tag]).toEqual([2, 2, 'a']);
  });

  test('the wrapper has the name, length and properties of the function', () => {
    function named(_a: number, _b: number): number {
      return 1;
    }
    const marked = Object.assign(named, { mark: 'x' });
    const f = memoize(marked);
    expect([f.name, f.length, f.mark]).toEqual(['named', 2, 'x']);
  });

  test('a memoized function can be memoized again', () => {
    const inner = memoize((n: number) => n + 1, { ttl: 0 });
    const outer = memoize(inner, { ttl: '1h' });
    expect([outer(1), outer(1)]).toEqual([2, 2]);
    expect(inner.stats().miss).toBe(1);
    expect(outer.stats().hit).toBe(1);
  });

  test('two functions on one lru never share an entry, even under equal keys', () => {
    const { memoize: on } = createCache({ backend: lru() });
    const a = on((n: number) => `a${n}`, { key: (n) => String(n) });
    const b = on((n: number) => `b${n}`, { key: (n) => String(n) });
    const c = on((n: number) => `c${n}`, { key: '{0}' });
    expect([a(1), b(1), c(1)]).toEqual(['a1', 'b1', 'c1']);
  });
});

describe('controls in special cases', () => {
  test('a primed promise that settles after an invalidation is not stored', async () => {
    const f = memoize((n: number) => Promise.resolve(n));
    const slow = deferred<number>();
    const primed = f.prime([1], slow.promise);
    expect(f.invalidate(1)).toBe(true);
    slow.resolve(-1);
    expect(await primed).toBe(false);
    expect(await f(1)).toBe(1);
  });

  test('a call shares a primed promise that is still pending', async () => {
    const f = memoize((n: number) => Promise.resolve(n));
    const slow = deferred<number>();
    const primed = f.prime([1], slow.promise);
    const call = f(1);
    slow.resolve(5);
    expect([await call, await primed]).toEqual([5, true]);
  });

  test('a primed promise that rejects stores nothing, and prime rejects', async () => {
    const f = memoize((n: number) => Promise.resolve(n));
    await expect(f.prime([1], Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await f(1)).toBe(1);
  });

  test('controls of a method need the object, and invalidate without one removes the entries of all', () => {
    const f = memoize(function f(this: { k: number } | undefined, n: number): number {
      return n * (this?.k ?? 1);
    });
    const object = { k: 2, f };
    expect([object.f(1), f.call(undefined, 1)]).toEqual([2, 1]);
    object.k = 3;
    expect(() => f.peek(1)).toThrow(
      'the key depends on the object, and none was given; write cacheOf(object.method, object)',
    );
    expect(() => f.refresh(1)).toThrow(KeyError);
    expect(f.invalidate(1)).toBe(true);
    expect(object.f(1)).toBe(3);
  });

  test('a primitive `this` is part of the key', () => {
    const f = memoize(function f(this: unknown): string {
      return typeof this + String(this);
    });
    expect([f.call(5), f.call('5'), f.call(6), f.call(undefined)]).toEqual([
      'number5',
      'string5',
      'number6',
      'undefinedundefined',
    ]);
  });

  test('invalidating all objects returns false on an in-process backend without clear', async () => {
    const { heard, onEvent } = transcript();
    const { clear: _, ...rest } = lru();
    const f = memoize(
      function f(this: { k: number } | undefined): number {
        return this?.k ?? 0;
      },
      { backend: rest, onEvent },
    );
    f.call({ k: 1 });
    expect(f.invalidate()).toBe(false);
    expect(heard.at(-1)).toBe('error:clear');
  });

  test('two functions with one key on a shared backend share flights and fences', async () => {
    const backend = remoteBackend();
    const cache = createCache({ backend });
    const gate = deferred<string>();
    const f = cache.memoize((_: number) => gate.promise, { key: 'user:{0}' });
    const g = cache.memoize(async (_: number) => 'young', { key: 'user:{0}' });
    const old = f(1);
    await flush();
    expect(await g.invalidate(1)).toBe(true);
    gate.resolve('old');
    expect(await old).toBe('old');
    await cache.idle();
    expect(await g(1)).toBe('young');
  });

  test('a key function throws a KeyError if its string reads like a derived key', () => {
    const f = memoize(
      function f(x: unknown): string {
        return typeof x;
      },
      { key: (x) => x },
    );
    expect(f(5)).toBe('number');
    expect(() => f('f(5)')).toThrow('reads like a derived key');
    expect(f('g(5)')).toBe('string');
  });

  test('a template without a placeholder throws when the call has arguments', () => {
    const f = memoize((n = 1) => n * n, { key: 'sq' });
    expect(f()).toBe(1);
    expect(() => f(2)).toThrow('has no field, and this call has an argument');
  });

  test('a value is not stored if its ttl callback invalidates it', () => {
    let computed = 0;
    const f: ((n: number) => number) & { invalidate(n: number): boolean } = memoize(
      (_: number) => (computed += 1),
      { ttl: (_value, n) => (f.invalidate(n), 1000) },
    );
    expect([f(1), f(1)]).toEqual([1, 2]);
  });
});

describe('createCache', () => {
  test('close waits for work in progress, is final and idempotent', async () => {
    const order: string[] = [];
    const stored = deferred<undefined>();
    const backend = remoteBackend({
      set: () => stored.promise.then(() => void order.push('stored')),
      close: async () => void order.push('closed'),
    });
    const cache = createCache({ backend });
    const f = cache.memoize(async (n: number) => n, { name: 'f' });
    await f(1);
    const closing = Promise.all([cache.close(), cache.close(), cache[Symbol.asyncDispose]()]);
    stored.resolve(undefined);
    await closing;
    expect(order).toEqual(['stored', 'closed']);
  });

  test('close waits one second at most for a computation that hangs', async () => {
    jest.useFakeTimers();
    try {
      const cache = createCache();
      void cache.memoize((_: number) => new Promise(() => undefined))(1);
      const closing = cache.close();
      await jest.advanceTimersByTimeAsync(1000);
      await closing;
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  test('close waits one second at most for a backend that hangs', async () => {
    jest.useFakeTimers();
    try {
      const { heard, onEvent } = transcript();
      const never = new Promise<never>(() => undefined);
      const backend = remoteBackend({ close: () => never });
      const closing = createCache({ backend, onEvent }).close();
      await jest.advanceTimersByTimeAsync(1000);
      await closing;
      expect(heard).toEqual(['error:close']);
    } finally {
      jest.useRealTimers();
    }
  });

  test('a backend that fails to close emits an event', async () => {
    const { heard, onEvent } = transcript();
    const backend: Backend = {
      ...lru(),
      close: () => {
        throw new Error('stuck');
      },
    };
    await createCache({ backend, onEvent }).close();
    expect(heard).toEqual(['error:close']);
  });

  test('after close the functions of an lru compute every time', async () => {
    const cache = createCache();
    let computed = 0;
    const f = cache.memoize(() => (computed += 1));
    f();
    await cache.close();
    expect([f(), f()]).toEqual([2, 3]);
  });

  test.each(['none', 'clone'] as const)(
    'after close no call says that an lru with copy %s has stored',
    (copy) => {
      const backend = lru({ copy });
      const { heard, onEvent } = transcript();
      const f = memoize((n: number) => n, { backend, onEvent });
      expect([f(1), f(1)]).toEqual([1, 1]);
      void backend.close?.();
      expect([f(1), f(2), f.prime([1], 5), f.peek(1)]).toEqual([1, 2, false, undefined]);
      expect([f.refresh(1), f.invalidate(1)]).toEqual([1, true]);
      expect(heard).toEqual([
        ...['miss', 'store', 'hit'],
        ...['miss', 'skip:backendDown', 'miss', 'skip:backendDown', 'prime', 'skip:backendDown'],
        ...['refresh', 'skip:backendDown', 'invalidate'],
      ]);
      expect(f.stats()).toMatchObject({ store: 1, error: 0 });
    },
  );
});
