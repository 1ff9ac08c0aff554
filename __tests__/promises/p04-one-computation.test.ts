import { createCache, lru, memoize } from '../../src/index.js';
import { describeEvery } from '../support/every-backend.js';
import { randomFrom } from '../support/random.js';
import { deferred } from '../support/transcript.js';
import { flush, outcome, until } from '../support/until.js';

describeEvery('P4: at most one computation per key at a time', (place) => {
  test('a thousand concurrent calls share one computation and its value', async () => {
    const { cache } = place.open();
    let computed = 0;
    const f = cache.memoize(
      async (n: number) => {
        computed += 1;
        await flush();
        return { n };
      },
      { name: 'together' },
    );
    const values = await Promise.all(Array.from({ length: 1000 }, () => f(7)));
    expect(computed).toBe(1);
    expect(new Set(values).size).toBe(1);
    expect(values[0]).toEqual({ n: 7 });
    expect(cache.stats()).toMatchObject({ miss: 1, join: 999 });
  });

  test('concurrent calls of many keys share one computation per key', async () => {
    const { cache } = place.open();
    const runs = new Map<number, number>();
    const f = cache.memoize(
      async (n: number) => {
        runs.set(n, (runs.get(n) ?? 0) + 1);
        await flush();
        return n;
      },
      { name: 'many' },
    );
    const values = await Promise.all(Array.from({ length: 500 }, (_, call) => f(call % 50)));
    expect(values).toEqual(Array.from({ length: 500 }, (_, call) => call % 50));
    expect([...runs.values()]).toEqual(Array.from({ length: 50 }, () => 1));
  });

  test('a call during the computation joins, and a call after it hits', async () => {
    const { cache, heard } = place.open();
    const gate = deferred<string>();
    const f = cache.memoize((_: number) => gate.promise, { name: 'late' });
    const early = f(1);
    await until(() => heard.includes('miss'));
    const late = f(1);
    await until(() => heard.includes('join'));
    gate.resolve('value');
    expect(await Promise.all([early, late])).toEqual(['value', 'value']);
    await cache.idle();
    expect(await f(1)).toBe('value');
    expect(heard.filter((type) => type !== 'store')).toEqual(['miss', 'join', 'hit']);
  });

  test('twenty calls of a failing function share one failure', async () => {
    const { cache } = place.open();
    const failure = new Error('down');
    let computed = 0;
    const f = cache.memoize(
      async (_: number): Promise<never> => {
        computed += 1;
        await flush();
        throw failure;
      },
      { name: 'failing' },
    );
    const calls = Array.from({ length: 20 }, () => f(1));
    const settled = await Promise.allSettled(calls);
    expect(computed).toBe(1);
    expect(settled).toEqual(settled.map(() => ({ status: 'rejected', reason: failure })));
    await f(1).catch(() => undefined);
    expect(computed).toBe(2);
  });

  test.each([undefined, null, 0, '', false])(
    'a computation that fails with %p rejects all calls that share it',
    async (reason) => {
      const { cache } = place.open();
      const f = cache.memoize(
        async (_: number): Promise<number> => {
          await flush();
          throw reason;
        },
        { name: 'falsy' },
      );
      expect(await Promise.allSettled([f(1), f(1), f(1)])).toEqual(
        [1, 2, 3].map(() => ({ status: 'rejected', reason })),
      );
    },
  );

  test('a computation that takes longer than its ttl runs once, and its value is fresh afterwards', async () => {
    const { cache } = place.open();
    let computed = 0;
    const gate = deferred<string>();
    const f = cache.memoize(
      (_: number) => {
        computed += 1;
        return gate.promise;
      },
      { name: 'slow', ttl: '2s' },
    );
    const calls = [f(1), f(1)];
    const clock = jest.spyOn(performance, 'now');
    await flush();
    const real = performance.now();
    clock.mockImplementation(() => real + 60_000);
    gate.resolve('value');
    expect(await Promise.all(calls)).toEqual(['value', 'value']);
    clock.mockRestore();
    expect(computed).toBe(1);
    await cache.idle();
    expect(await f(1)).toBe('value');
    expect(computed).toBe(1);
  });

  test('calls during a refresh share it', async () => {
    const { cache, heard } = place.open();
    const gates = [deferred<number>(), deferred<number>()];
    let computed = 0;
    const f = cache.memoize((_: number) => gates[computed++]!.promise, { name: 'refreshed' });
    gates[0]!.resolve(1);
    expect(await f(1)).toBe(1);
    await cache.idle();
    const refresh = f.refresh(1);
    const calls = [f(1), f(1)];
    gates[1]!.resolve(2);
    expect(await Promise.all([refresh, ...calls])).toEqual([2, 2, 2]);
    expect(computed).toBe(2);
    expect(heard.filter((type) => type === 'join')).toHaveLength(2);
  });

  test('a function that calls itself with its own key finishes', async () => {
    const { cache } = place.open();
    let depth = 0;
    const f: (n: number) => Promise<number> = cache.memoize(
      async (n: number): Promise<number> => {
        depth += 1;
        await flush();
        return depth < 4 ? (await f(n)) + 1 : 0;
      },
      { name: 'self' },
    );
    expect(await f(1)).toBe(3);
  });

  test('a function that was synchronous before and now calls itself later finishes too', async () => {
    const { cache } = place.open();
    let depth = 0;
    const f: (n: number) => unknown = cache.memoize(
      (n: number): unknown => (n === 0 ? 'at once' : later(n)),
      { name: 'sometimes' },
    );
    const later = async (n: number): Promise<unknown> => {
      depth += 1;
      await flush();
      return depth < 3 ? f(n) : 'later';
    };
    expect(await f(0)).toBe('at once');
    expect(await outcome(Promise.resolve(f(1)), 1000)).toEqual({ value: 'later' });
  });

  test('computations that call each other in a circle finish, even when they run concurrently', async () => {
    const { cache } = place.open();
    const f: (n: number, left: number) => Promise<number> = cache.memoize(
      async (n: number, left: number): Promise<number> => {
        await flush();
        return left === 0 ? n : f((n + 1) % 3, left - 1);
      },
      { name: 'circle', key: (n) => n },
    );
    const values = await Promise.all([f(0, 5), f(1, 5), f(2, 5), f(0, 4)]);
    for (const value of values) expect([0, 1, 2]).toContain(value);
    await cache.idle();
  });

  test('in any order of calls no key is computed twice at the same time', async () => {
    const { cache } = place.open();
    const random = randomFrom(4);
    const running = new Map<number, number>();
    let most = 0;
    const f = cache.memoize(
      async (n: number) => {
        running.set(n, (running.get(n) ?? 0) + 1);
        most = Math.max(most, running.get(n) ?? 0);
        for (let turns = Math.floor(random() * 5); turns > 0; turns -= 1) await flush();
        running.set(n, (running.get(n) ?? 0) - 1);
        if (random() < 0.2) throw new Error('now and then');
        return n;
      },
      { name: 'any', shouldCache: () => random() < 0.5 },
    );
    const calls: Promise<unknown>[] = [];
    for (let call = 0; call < 800; call += 1) {
      const n = Math.floor(random() * 5);
      calls.push(f(n).then((value) => expect(value).toBe(n), () => undefined)); // prettier-ignore
      if (random() < 0.1) await flush();
    }
    await Promise.all(calls);
    expect(most).toBe(1);
    const { hit, miss, join, recursion } = cache.stats();
    expect(hit + miss + join + recursion).toBe(800);
  });
});

describe('P4: in process', () => {
  test('a computation in progress is shared even if its key would be evicted', async () => {
    let computed = 0;
    const gate = deferred<string>();
    const f = memoize(
      (n: number) => {
        computed += 1;
        return n === 0 ? gate.promise : Promise.resolve(`${n}`);
      },
      { backend: lru({ max: 1 }) },
    );
    const calls = [f(0)];
    for (let n = 1; n < 10; n += 1) await f(n);
    calls.push(f(0));
    gate.resolve('zero');
    expect(await Promise.all(calls)).toEqual(['zero', 'zero']);
    expect(computed).toBe(10);
  });

  test('two caches compute separately and do not wait for each other', async () => {
    const gates = [deferred<number>(), deferred<number>()];
    const functions = gates.map(({ promise }) => createCache().memoize((_: number) => promise));
    const [slow, fast] = functions.map((f) => f(1));
    gates[1]!.resolve(2);
    expect(await fast).toBe(2);
    gates[0]!.resolve(1);
    expect(await slow).toBe(1);
  });

  test('a synchronous function that calls itself with smaller arguments computes each once', () => {
    let computed = 0;
    const fib: (n: number) => bigint = memoize((n: number): bigint => {
      computed += 1;
      return n < 2 ? BigInt(n) : fib(n - 1) + fib(n - 2);
    });
    expect(fib(90)).toBe(2880067194370816120n);
    expect(computed).toBe(91);
  });
});
