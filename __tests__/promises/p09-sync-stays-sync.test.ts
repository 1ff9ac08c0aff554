import { cached, createCache, KeyError, lru, memoize, type Backend } from '../../src/index.js';
import { memcached, type MemcachedBackend } from '../../src/memcached.js';
import { describeMemcached, MemcachedDaemon } from '../support/memcached-daemon.js';

/** Compiles only for a value of exactly this type. */
function is<Expected>(value: Expected): Expected {
  return value;
}
const isPromise = (value: unknown): boolean =>
  typeof (value as { then?: unknown } | null | undefined)?.then === 'function';

describe('P9: a synchronous function on a synchronous backend', () => {
  const double = memoize((n: number) => n * 2);

  test('returns synchronously, on a miss and on a hit', () => {
    expect([is<number>(double(2)), is<number>(double(2))]).toEqual([4, 4]);
  });

  test('throws synchronously', () => {
    const failure = new Error('no');
    const f = memoize((): number => {
      throw failure;
    });
    expect(() => f()).toThrow(failure);
  });

  test('throws a KeyError synchronously for arguments without a key', () => {
    const f = memoize((_: unknown) => 1);
    expect(() => f(() => 1)).toThrow(KeyError);
  });

  test('has synchronous controls', () => {
    const f = memoize((n: number) => `${n}`);
    expect(is<boolean>(f.prime([1], 'one'))).toBe(true);
    expect(is<{ value: string } | undefined>(f.peek(1))?.value).toBe('one');
    expect(is<string>(f.refresh(1))).toBe('1');
    expect(is<boolean>(f.invalidate(1))).toBe(true);
    expect(is<boolean>(f.clear())).toBe(true);
    expect(f.peek(1)).toBeUndefined();
  });

  test.each([
    ['the default backend', createCache()],
    ['an LRU', createCache({ backend: lru({ max: 5 }) })],
    ['an LRU that clones', createCache({ backend: lru({ copy: 'clone' }) })],
  ])('is synchronous in a cache on %s', (_, cache) => {
    const f = cache.memoize((n: number) => n * 2);
    expect([is<number>(f(1)), is<number>(f(1))]).toEqual([2, 2]);
  });

  test('is synchronous on a custom synchronous backend', () => {
    const own = { ...lru(), name: 'own' };
    const f = memoize((n: number) => n * 2, { backend: own });
    expect([is<number>(f(1)), is<number>(f(1))]).toEqual([2, 2]);
  });

  test('is synchronous as a decorated method, static and not', () => {
    class Shapes {
      @cached static area(side: number): number {
        return side * side;
      }
      @cached({ ttl: '1h' }) volume(side: number): number {
        return side ** 3;
      }
    }
    const shapes = new Shapes();
    expect([is<number>(Shapes.area(2)), is<number>(Shapes.area(2))]).toEqual([4, 4]);
    expect([is<number>(shapes.volume(2)), is<number>(shapes.volume(2))]).toEqual([8, 8]);
  });

  test('keeps its types: parameters, result and `this`', () => {
    const f = memoize(function (this: { by: number }, n: number, suffix?: string): string {
      return `${n * this.by}${suffix ?? ''}`;
    });
    expect(is<string>(f.call({ by: 3 }, 2, '!'))).toBe('6!');
    // @ts-expect-error a parameter is missing
    expect(() => f.call({ by: 3 })).not.toThrow();
    // @ts-expect-error a parameter of another type
    expect(() => f.call({ by: 3 }, '2')).not.toThrow();
    // @ts-expect-error controls have the types of the function
    expect(() => f.invalidate('2')).not.toThrow();
  });
});

describe('P9: an asynchronous function on a synchronous backend', () => {
  test('returns a promise, on a miss and on a hit', async () => {
    const f = memoize(async (n: number) => n * 2);
    const [missed, hit] = [f(1), f(1)];
    expect([missed, f(1)].map(isPromise)).toEqual([true, true]);
    expect([await is<Promise<number>>(missed), await hit, await f(1)]).toEqual([2, 2, 2]);
    expect(f(1)).toBeInstanceOf(Promise);
  });

  test('returns a promise exactly when the function did', async () => {
    const f = memoize((n: number): number | Promise<number> => (n < 0 ? Promise.resolve(n) : n));
    expect([f(1), f(1)]).toEqual([1, 1]);
    const missed = f(-1);
    expect(isPromise(missed)).toBe(true);
    await missed;
    expect(isPromise(f(-1))).toBe(true);
    expect(await f(-1)).toBe(-1);
  });

  test('rejects, and never throws', async () => {
    const f = memoize(async (_: unknown): Promise<number> => {
      throw new Error('no');
    });
    const [failed, keyless] = [f(1), f(() => 1)];
    await expect(failed).rejects.toThrow('no');
    await expect(keyless).rejects.toThrow(KeyError);
  });

  test('has synchronous controls, except for values that are promises', async () => {
    const f = memoize(async (n: number) => `${n}`);
    expect(await is<Promise<boolean>>(f.prime([1], Promise.resolve('one')))).toBe(true);
    expect(is<{ value: string } | undefined>(f.peek(1))?.value).toBe('one');
    expect(await is<Promise<string>>(f.refresh(1))).toBe('1');
    expect(is<boolean>(f.invalidate(1))).toBe(true);
  });
});

describeMemcached('P9: on memcached, which is asynchronous', () => {
  let daemon: MemcachedDaemon;
  let backend: MemcachedBackend;
  beforeAll(async () => {
    daemon = await MemcachedDaemon.start();
    backend = memcached(daemon.address, { timeout: '5s' });
  });
  afterAll(async () => {
    await backend.close();
    await daemon.stop();
  });

  test('a synchronous function returns promises, and its type says so', async () => {
    const f = memoize((n: number) => n * 2, { backend, name: 'double' });
    const answer = f(1);
    // @ts-expect-error it is a promise
    expect(() => is<number>(answer)).not.toThrow();
    expect(await is<Promise<number>>(answer)).toBe(2);
    expect(isPromise(f(1))).toBe(true);
    expect(await f(1)).toBe(2);
  });

  test('a synchronous function that throws rejects', async () => {
    const failure = new Error('no');
    const f = memoize(
      (_: unknown): number => {
        throw failure;
      },
      { backend, name: 'throws' },
    );
    await expect(f(1)).rejects.toBe(failure);
    await expect(f(() => 1)).rejects.toThrow(KeyError);
  });

  test('controls return promises', async () => {
    const f = memoize((n: number) => n, { backend, name: 'controls' });
    expect(await is<Promise<boolean>>(f.prime([1], 5))).toBe(true);
    expect((await is<Promise<{ value: number } | undefined>>(f.peek(1)))?.value).toBe(5);
    expect(await is<Promise<number>>(f.refresh(1))).toBe(1);
    expect(await is<Promise<boolean>>(f.invalidate(1))).toBe(true);
  });

  test('the types of all functions of a cache on it say so', async () => {
    const cache = createCache({ backend });
    const f = cache.memoize((n: number) => n, { name: 'bound' });
    expect(await is<Promise<number>>(f(1))).toBe(1);
    // @ts-expect-error it is a promise
    expect(() => is<number>(f(1))).not.toThrow();
    // The function's own backend takes precedence over the backend of the cache.
    const local = cache.memoize((n: number) => n, { backend: lru() });
    expect(is<number>(local(1))).toBe(1);
  });

  test('a backend typed as Backend counts as asynchronous', async () => {
    const unknown: Backend = lru();
    const f = memoize((n: number) => n, { backend: unknown });
    // @ts-expect-error it may be a promise
    expect(() => is<number>(f(1))).not.toThrow();
    expect(await f(1)).toBe(1);
  });

  test('a synchronous method on it does not compile and throws at definition', () => {
    const cache = createCache({ backend });
    const define = () => {
      class Wrong {
        // @ts-expect-error the method is synchronous, and memcached is not
        @cache.cached() area(side: number): number {
          return side * side;
        }
      }
      return Wrong;
    };
    expect(define).toThrow(
      'area must return a promise on the asynchronous memcached backend, but returns a Number',
    );
    class Right {
      @cache.cached() async area(side: number): Promise<number> {
        return side * side;
      }
    }
    expect(Right).toBeDefined();
  });

  test('a synchronous method with memcached as an option does not compile either', () => {
    expect(() => {
      class Wrong {
        // @ts-expect-error the method is synchronous, and memcached is not
        @cached({ backend }) area(side: number): number {
          return side * side;
        }
      }
      return Wrong;
    }).toThrow(
      'area must return a promise on the asynchronous memcached backend, but returns a Number',
    );
  });
});
