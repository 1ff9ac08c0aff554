import { createCache, lru, memoize, type Backend } from '../../src/index.js';
import { remoteBackend } from '../support/remote-backend.js';
import { runScript } from '../support/script.js';
import { deferred, transcript } from '../support/transcript.js';
import { flush } from '../support/until.js';

describe('the journey of a call', () => {
  test('a miss computes and stores, and the next call hits', () => {
    const { heard, onEvent } = transcript();
    const square = memoize((n: number) => n * n, { onEvent });
    expect([square(3), square(3), square(4)]).toEqual([9, 9, 16]);
    expect(heard).toEqual(['miss', 'store', 'hit', 'miss', 'store']);
  });

  test('a read is shared only within the synchronous run that asks for it, even with fake timers', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
    try {
      const backend = remoteBackend();
      const f = memoize(async (n: number) => n, { backend, name: 'faked' });
      expect([await f(1), await f(1)]).toEqual([1, 1]);
      expect(f.stats()).toMatchObject({ miss: 1, hit: 1 });
    } finally {
      jest.useRealTimers();
    }
  });

  test('a synchronous function on a synchronous backend returns and throws synchronously', () => {
    const failure = new Error('no');
    const fail = memoize((n: number): number => {
      throw n === 0 ? failure : new TypeError('other');
    });
    expect(() => fail(0)).toThrow(failure);
    expect(memoize((n: number) => n + 1)(1)).toBe(2);
  });

  test('concurrent calls share one computation and one read', async () => {
    const { heard, onEvent } = transcript();
    const backend = remoteBackend();
    const gate = deferred<number>();
    let computed = 0;
    const slow = memoize(
      async (n: number) => {
        computed += 1;
        return n + (await gate.promise);
      },
      { backend, name: 'slow', onEvent },
    );
    const calls = [slow(1), slow(1), slow(1)];
    await Promise.resolve();
    gate.resolve(41);
    expect(await Promise.all(calls)).toEqual([42, 42, 42]);
    expect(computed).toBe(1);
    expect(backend.asked.filter((step) => step === 'get')).toHaveLength(1);
    expect(heard.filter((type) => type !== 'store')).toEqual(['miss', 'join', 'join']);
  });

  test('a read that has been sent is not shared with later calls', async () => {
    const backend = remoteBackend();
    const find = memoize(async (n: number) => n, { backend, name: 'find' });
    await find(1);
    await find(1);
    backend.asked.length = 0;
    const first = find(1);
    await Promise.resolve(); // the end of the synchronous run: the read is sent
    const second = find(1);
    await Promise.all([first, second]);
    expect(backend.asked).toEqual(['get', 'get']);
  });

  test('the caller has its value before the store has finished', async () => {
    const stored = deferred<undefined>();
    const backend = remoteBackend({ set: () => stored.promise });
    const cache = createCache({ backend });
    const f = cache.memoize(async (n: number) => n, { name: 'f' });
    expect(await f(1)).toBe(1);
    let idle = false;
    const waiting = cache.idle().then(() => (idle = true));
    await flush();
    expect(idle).toBe(false);
    stored.resolve(undefined);
    await waiting;
    expect(idle).toBe(true);
  });

  test('an error reaches all joined calls as the same object, and is not cached', async () => {
    const { heard, onEvent } = transcript();
    const gate = deferred<number>();
    let computed = 0;
    const f = memoize(
      (_: number) => {
        computed += 1;
        return gate.promise;
      },
      { onEvent },
    );
    const calls = [f(1), f(1), f(1)].map((call) => call.catch((error: unknown) => error));
    const failure = { not: 'even an Error' };
    gate.reject(failure);
    const errors = await Promise.all(calls);
    expect(errors.every((error) => error === failure)).toBe(true);
    expect(heard).toEqual(['miss', 'join', 'join', 'computeError']);
    await f(1).catch(() => undefined);
    expect(computed).toBe(2);
  });

  test.each([undefined, null, 0, -0, '', false, NaN])('the value %p is cached', (value) => {
    const { heard, onEvent } = transcript();
    const f = memoize(() => value, { onEvent });
    expect(Object.is(f(), value) && Object.is(f(), value)).toBe(true);
    expect(heard).toEqual(['miss', 'store', 'hit']);
  });

  test('a thrown undefined reaches the joined calls as an error', async () => {
    const gate = deferred<number>();
    const f = memoize((_: number) => gate.promise);
    const calls = [f(1), f(1)];
    gate.reject(undefined);
    const settled = await Promise.allSettled(calls);
    expect(settled.map((call) => call.status)).toEqual(['rejected', 'rejected']);
  });

  test('a thenable of any kind counts as a promise', async () => {
    let asked = 0;
    const query = { then: (resolve: (value: number) => void) => ((asked += 1), resolve(7)) };
    const f = memoize((_: number) => query as unknown as Promise<number>);
    expect(await Promise.all([f(1), f(1)])).toEqual([7, 7]);
    expect(await f(1)).toBe(7);
    expect(asked).toBe(1);
  });
});

describe('time', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('a value is fresh for its ttl and not a millisecond longer', () => {
    let computed = 0;
    const f = memoize(() => (computed += 1), { ttl: '1s' });
    f();
    jest.advanceTimersByTime(999);
    expect(f()).toBe(1);
    jest.advanceTimersByTime(1);
    expect(f()).toBe(2);
  });

  test('without a ttl a value is fresh for ever', () => {
    let computed = 0;
    const f = memoize(() => (computed += 1));
    f();
    jest.advanceTimersByTime(1e12);
    expect(f()).toBe(1);
  });

  test('a ttl of 0 stores nothing', () => {
    const { heard, onEvent } = transcript();
    let computed = 0;
    const f = memoize(() => (computed += 1), { ttl: 0, onEvent });
    expect([f(), f()]).toEqual([1, 2]);
    expect(heard).toEqual(['miss', 'skip:ttl', 'miss', 'skip:ttl']);
  });

  test('a ttl may depend on the value and the arguments', () => {
    let computed = 0;
    const f = memoize((wait: number) => ({ wait, computed: (computed += 1) }), {
      ttl: (value, wait) => (value.computed === 1 ? wait : '1h'),
    });
    f(100);
    jest.advanceTimersByTime(101);
    expect(f(100).computed).toBe(2);
    jest.advanceTimersByTime(3_599_000);
    expect(f(100).computed).toBe(2);
  });

  test('a wall clock that is set back does not prolong an entry', () => {
    let computed = 0;
    const f = memoize(() => (computed += 1), { ttl: '10s' });
    f();
    const real = Date.now();
    jest.spyOn(Date, 'now').mockReturnValue(real - 3_600_000);
    jest.advanceTimersByTime(10_001);
    expect(f()).toBe(2);
  });

  test('shouldCache decides whether a value is stored; it is returned either way', () => {
    const { heard, onEvent } = transcript();
    const f = memoize((n: number) => (n < 0 ? undefined : n), {
      shouldCache: (value, n) => value !== undefined && n !== 7,
      onEvent,
    });
    expect([f(-1), f(7), f(1)]).toEqual([undefined, 7, 1]);
    expect(heard).toEqual([
      'miss',
      'skip:shouldCache',
      'miss',
      'skip:shouldCache',
      'miss',
      'store',
    ]);
  });
});

describe('re-entrant calls', () => {
  test('an async function that calls itself with the same key runs uncached instead of waiting for itself', async () => {
    const { heard, onEvent } = transcript();
    let depth = 0;
    const f: (n: number) => Promise<number> = memoize(
      async (n: number) => {
        depth += 1;
        await Promise.resolve();
        return depth < 3 ? (await f(n)) + 1 : 0;
      },
      { onEvent },
    );
    expect(await f(1)).toBe(2);
    expect(heard).toEqual(['miss', 'recursion', 'recursion', 'store']);
  });

  test('a synchronous function may call itself with another key', () => {
    const fib: (n: number) => bigint = memoize((n: number): bigint =>
      n < 2 ? BigInt(n) : fib(n - 1) + fib(n - 2),
    );
    expect(fib(90)).toBe(2880067194370816120n);
  });

  test('two computations that wait for each other both finish', async () => {
    const gate = deferred<undefined>();
    const a: (n: number) => Promise<string> = memoize(async (n: number) => {
      await gate.promise;
      return `a${await b(n)}`;
    });
    let deep = 0;
    const b: (n: number) => Promise<string> = memoize(async (n: number) => {
      await gate.promise;
      deep += 1;
      return deep > 2 ? 'b' : `b${await a(n)}`;
    });
    const both = Promise.all([a(1), b(1)]);
    gate.resolve(undefined);
    const [fromA, fromB] = await both;
    expect(fromA).toMatch(/^ab/);
    expect(fromB).toMatch(/^b/);
  });

  test('three computations in a circle finish too, on an asynchronous backend', async () => {
    const cache = createCache({ backend: remoteBackend() });
    const gate = deferred<undefined>();
    let left = 6;
    const names = ['x', 'y', 'z'] as const;
    const functions: ((n: number) => Promise<string>)[] = names.map((name, index) =>
      cache.memoize(
        async (n: number): Promise<string> => {
          await gate.promise;
          left -= 1;
          return left < 0 ? name : name + (await functions[(index + 1) % 3]!(n));
        },
        { name },
      ),
    );
    const all = Promise.all(functions.map((f) => f(1)));
    setImmediate(() => gate.resolve(undefined));
    for (const [index, text] of (await all).entries()) expect(text[0]).toBe(names[index]);
  });

  test('background work of a finished computation can call the function again', async () => {
    let computed = 0;
    let behind: Promise<number> | undefined;
    const f: (n: number) => Promise<number> = memoize(
      async (n: number) => {
        computed += 1;
        if (computed === 1) behind = new Promise(setImmediate).then(() => f(n));
        return computed;
      },
      { ttl: 0 },
    );
    expect(await f(1)).toBe(1);
    expect(await behind).toBe(2);
  });
});

test('a function that returns sometimes a value and sometimes a promise can call itself', async () => {
  let deep = 0;
  const f: (n: number) => number | Promise<number> = memoize(
    (n: number): number | Promise<number> =>
      n === 0 ? 0 : new Promise(setImmediate).then(() => (deep++ < 1 ? f(n) : 1)),
  );
  expect(f(0)).toBe(0);
  expect(await f(1)).toBe(1);
});

test('a finished computation leaves no trace in the computation that called it', async () => {
  const inner = memoize(async (n: number) => n);
  const outer = memoize(async () => {
    for (let n = 0; n < 1000; n += 1) await inner(n);
    return (await Promise.all([inner(5000), inner(5000)])).length;
  });
  expect(await outer()).toBe(2);
});

test('recursion is detected after hundreds of hits, earlier or meanwhile', async () => {
  const hit = memoize((n: number) => n);
  const gate = deferred<undefined>();
  const self: (n: number) => Promise<number> = memoize(async (n: number) => {
    await gate.promise;
    return depth++ === 0 ? (await self(n)) + 1 : 1;
  });
  let depth = 0;
  for (let n = 0; n < 500; n += 1) hit(1);
  const call = self(1);
  for (let n = 0; n < 500; n += 1) hit(1);
  gate.resolve(undefined);
  expect(await call).toBe(2);
});

describe('invalidating while a computation runs', () => {
  test.each(['lru', 'remote'])(
    'on %s, the value of an earlier computation is returned and not stored',
    async (kind) => {
      const { heard, onEvent } = transcript();
      const gates = [deferred<string>(), deferred<string>()];
      let computed = 0;
      const backend: Backend = kind === 'lru' ? lru() : remoteBackend();
      const f = createCache({ backend }).memoize((_: number) => gates[computed++]!.promise, {
        name: 'f',
        onEvent,
      });
      const old = f(1);
      await flush();
      await f.invalidate(1);
      const young = f(1);
      await flush();
      gates[1]!.resolve('young');
      expect(await young).toBe('young');
      await flush(); // the value is stored
      gates[0]!.resolve('old');
      expect(await old).toBe('old');
      await flush();
      expect(await f(1)).toBe('young');
      expect(heard).toEqual(['miss', 'invalidate', 'miss', 'store', 'skip:fenced', 'hit']);
    },
  );

  test('a flight that finishes late does not remove the newer flight of its key', async () => {
    const gates = [deferred<number>(), deferred<number>()];
    let computed = 0;
    const f = memoize((_: number) => gates[computed++]!.promise);
    const old = f(1);
    f.invalidate(1);
    const young = f(1);
    gates[0]!.resolve(0);
    await old;
    const joined = f(1);
    gates[1]!.resolve(1);
    expect(await Promise.all([young, joined])).toEqual([1, 1]);
    expect(computed).toBe(2);
  });

  test('the value of a function that invalidates its own key is not stored', () => {
    let computed = 0;
    const f: ((n: number) => number) & { invalidate(n: number): boolean } = memoize((n: number) => {
      computed += 1;
      f.invalidate(n);
      return computed;
    });
    expect([f(1), f(1)]).toEqual([1, 2]);
  });
});

describe('a backend that fails', () => {
  const broken = (step: string, how: 'throw' | 'reject' | 'garbage'): Backend => {
    const fail = (): never => {
      if (how === 'garbage') return 'garbage' as never;
      if (how === 'throw') throw new Error(step);
      return Promise.reject(new Error(step)) as never;
    };
    const backend: Backend = remoteBackend();
    return { ...backend, [step]: fail };
  };

  test.each([
    ['get', 'throw'],
    ['get', 'reject'],
    ['get', 'garbage'],
    ['set', 'throw'],
    ['set', 'reject'],
  ] as const)('when %s %ss, calls still return, and an event reports it', async (step, how) => {
    const { heard, onEvent } = transcript();
    const f = memoize(async (n: number) => n * 2, {
      backend: broken(step, how),
      name: 'f',
      onEvent,
    });
    expect([await f(1), await f(1)]).toEqual([2, 2]);
    expect(heard).toContain(`error:${step}`);
  });

  test('when isDown throws, calls still return, and an event reports it', async () => {
    const { heard, onEvent } = transcript();
    const backend = remoteBackend({
      isDown: () => {
        throw new Error('isDown');
      },
    });
    const cache = createCache({ backend, onEvent });
    const f = cache.memoize(async (n: number) => n, { name: 'f' });
    expect(await f(1)).toBe(1);
    await cache.idle();
    expect(heard).toEqual(['error:get', 'miss', 'error:get', 'store']);
  });

  test('a backend whose isDown returns true gets no operation', async () => {
    const { heard, onEvent } = transcript();
    const backend = remoteBackend({ isDown: () => true });
    const f = memoize(async (n: number) => n, { backend, name: 'f', onEvent });
    expect([await f(1), await f(1)]).toEqual([1, 1]);
    expect(heard).toEqual(['miss', 'skip:backendDown', 'miss', 'skip:backendDown']);
    expect(backend.asked).toEqual([]);
  });

  test.each(['key', 'ttl', 'shouldCache'] as const)(
    'an async %s that rejects leaves no unhandled rejection',
    async (option) => {
      const f = memoize(async (n: number) => n, {
        [option]: async () => Promise.reject(new Error('async')),
      });
      await f(1).catch(() => undefined);
      await flush();
      expect(f.stats().error + f.stats().hit).toBe(option === 'key' ? 0 : 1);
    },
  );

  test('invalidate resolves to false when the backend has not confirmed it', async () => {
    const { heard, onEvent } = transcript();
    const f = memoize(async (n: number) => n, {
      backend: broken('delete', 'reject'),
      name: 'f',
      onEvent,
    });
    expect(await f.invalidate(1)).toBe(false);
    expect(heard).toEqual(['invalidate', 'error:delete']);
  });

  test('a backend that never settles delays a call by one second at most', async () => {
    jest.useFakeTimers();
    try {
      const never = new Promise<never>(() => undefined);
      const backend = remoteBackend({ get: () => never, set: () => never });
      const { heard, onEvent } = transcript();
      const cache = createCache({ backend });
      const f = cache.memoize(async (n: number) => n, { name: 'f', onEvent });
      const call = f(1);
      await jest.advanceTimersByTimeAsync(1000);
      expect(await call).toBe(1);
      await jest.advanceTimersByTimeAsync(1000);
      await cache.idle();
      expect(heard).toEqual(['error:get', 'miss', 'error:set']);
    } finally {
      jest.useRealTimers();
    }
  });

  test.each(['ttl', 'shouldCache'] as const)(
    'a %s that throws emits an event and does not fail the call',
    (step) => {
      const { heard, onEvent } = transcript();
      const fail = (): never => {
        throw new Error('callback');
      };
      const f = memoize((n: number) => n, { [step]: fail, onEvent });
      expect(f(1)).toBe(1);
      expect(heard).toEqual(['miss', `error:${step}`]);
    },
  );

  test('a ttl function that returns no duration emits an event and does not fail the call', () => {
    const { heard, onEvent } = transcript();
    const f = memoize((n: number) => n, { ttl: () => -1, onEvent });
    expect(f(1)).toBe(1);
    expect(heard).toEqual(['miss', 'error:ttl']);
  });

  test('a listener that throws or rejects does not affect the call', async () => {
    const thrower = memoize((n: number) => n, {
      onEvent: () => {
        throw new Error('listener');
      },
    });
    expect([thrower(1), thrower(1)]).toEqual([1, 1]);
    const rejecter = memoize((n: number) => n, {
      onEvent: (async () => {
        throw new Error('listener');
      }) as () => void,
    });
    expect(rejecter(1)).toBe(1);
    await flush();
  });
});

test('a rejection without a handler is an unhandled rejection, as without the cache', async () => {
  const { stdout } = await runScript(`
    import { createCache, lru, memoize } from './src/index.ts';
    process.on('unhandledRejection', (error) => console.log('unhandled', error.message));
    const fail = async () => { throw new Error('nobody looks'); };
    void memoize(fn)(1);
    void createCache({ backend: { ...lru(), sync: false } }).memoize(fail, { name: 'f' })(1);
    async function fn(n) { return fail(n); }
  `);
  expect(stdout).toBe('unhandled nobody looks\nunhandled nobody looks\n');
});
