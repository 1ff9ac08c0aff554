import {
  createCache,
  lru,
  memoize,
  OptionError,
  tiered,
  type CacheOptions,
  type Clock,
} from '../../src/index.js';
import { remoteBackend } from '../support/remote-backend.js';
import { runScript } from '../support/script.js';

const counting = () => {
  let computed = 0;
  return (_?: unknown) => (computed += 1);
};

/** A cache with a clock that the test sets. */
function opened(options: CacheOptions = {}) {
  const clock = { time: 0, now: () => clock.time };
  return { clock, cache: createCache({ ...options, clock }) };
}

afterEach(() => jest.useRealTimers());

describe('in a cache with a clock', () => {
  test('values expire by it, exactly, however many hits there were', () => {
    const { clock, cache } = opened({ ttl: 1_000 });
    const f = cache.memoize(counting());
    for (let round = 1; round <= 3; round += 1) {
      for (let n = 0; n < 1_000; n += 1) expect(f(1)).toBe(round);
      clock.time += 999;
      expect(f(1)).toBe(round);
      clock.time += 1;
    }
  });

  test('a hit after another without a key expires too, by objects and by no argument', () => {
    const { clock, cache } = opened({ ttl: 1_000 });
    const f = cache.memoize(counting());
    expect([f(), f(), f({ a: 1 }), f({ a: 1 })]).toEqual([1, 1, 2, 2]);
    clock.time += 1_000;
    expect([f(), f({ a: 1 })]).toEqual([3, 4]);
  });

  test('the clocks of the machine do not count', () => {
    jest.useFakeTimers();
    const f = opened({ ttl: 1_000 }).cache.memoize(counting());
    f();
    jest.advanceTimersByTime(3_600_000);
    expect(f()).toBe(1);
  });

  test('stale windows, and the pause after a failure, are by it', async () => {
    const { clock, cache } = opened({ ttl: 10, staleIfError: 100_000 });
    let fails = false;
    let computed = 0;
    const f = cache.memoize(() => {
      computed += 1;
      if (fails) throw new Error('no');
      return computed;
    });
    f();
    fails = true;
    clock.time += 11;
    expect([f(), f(), f()]).toEqual([1, 1, 1]);
    expect(computed).toBe(2);
    clock.time += 1_001;
    expect(f()).toBe(1);
    expect(computed).toBe(3);
    clock.time += 100_000;
    expect(f).toThrow('no');
  });

  test('a stale value is refreshed in the background', async () => {
    const { clock, cache } = opened({ ttl: 10, staleWhileRevalidate: 100 });
    const f = cache.memoize(counting());
    f();
    clock.time += 10;
    expect(f()).toBe(1);
    await cache.idle();
    expect(f()).toBe(2);
    clock.time += 109;
    expect(f()).toBe(2);
    await cache.idle();
    clock.time += 110;
    expect(f()).toBe(4);
  });

  test('cached errors are by it', () => {
    const { clock, cache } = opened({ errorTtl: 1_000 });
    let computed = 0;
    const f = cache.memoize(() => {
      throw new Error(String((computed += 1)));
    });
    expect(f).toThrow('1');
    clock.time += 999;
    expect(f).toThrow('1');
    clock.time += 1;
    expect(f).toThrow('2');
  });

  test('peek tells its time, and refresh and prime count from it', () => {
    const { clock, cache } = opened({ ttl: 1_000 });
    const f = cache.memoize(counting());
    clock.time = 5_000;
    f();
    expect(f.peek()).toEqual({ value: 1, freshUntil: 6_000 });
    clock.time = 5_500;
    f.refresh();
    expect(f.peek()).toEqual({ value: 2, freshUntil: 6_500 });
    f.prime([], 9);
    clock.time = 6_500;
    expect(f.peek()).toBeUndefined();
  });

  test('early refreshes and the cost of a value are by it', () => {
    const { clock, cache } = opened({ ttl: 1_000, earlyRefresh: 1 });
    const costs: number[] = [];
    const f = cache.memoize(() => (clock.time += 70), {
      onEvent: (event) => {
        if (event.type === 'store') costs.push(event.cost);
      },
    });
    f();
    expect(costs).toEqual([70]);
  });

  test('a clock that is set back gives no negative cost', () => {
    const costs: number[] = [];
    const { clock, cache } = opened({
      onEvent: (event) => {
        if (event.type === 'store') costs.push(event.cost);
      },
    });
    cache.memoize(() => (clock.time -= 70))();
    expect(costs).toEqual([0]);
  });

  test('a cached method, and a function with an lru of its own, have it', () => {
    const { clock, cache } = opened({ ttl: 1_000 });
    let computed = 0;
    class Counter {
      @cache.cached
      next(): number {
        return (computed += 1);
      }
    }
    const counter = new Counter();
    const f = cache.memoize(counting(), { backend: lru({ copy: 'clone' }) });
    expect([counter.next(), f()]).toEqual([1, 1]);
    clock.time += 1_000;
    expect([counter.next(), f()]).toEqual([2, 2]);
  });

  test('another cache on the same lru keeps its own', () => {
    const backend = lru();
    const { clock, cache } = opened({ ttl: 1_000, backend });
    const [f, g] = [cache.memoize(counting()), memoize(counting(), { ttl: '1h', backend })];
    expect([f(), g()]).toEqual([1, 1]);
    clock.time += 3_600_000;
    expect([f(), g()]).toEqual([2, 1]);
  });
});

describe('fakes of Date alone end a ttl by the clock of the documentation', () => {
  const open = () =>
    createCache({ ttl: '1m', clock: { now: () => Date.now() } }).memoize(counting());

  test('of Jest', () => {
    const f = open();
    jest.useFakeTimers({ now: Date.now(), doNotFake: ['performance'] });
    expect([f(), f()]).toEqual([1, 1]);
    jest.setSystemTime(Date.now() + 60_000);
    expect(f()).toBe(2);
  });

  test('of node:test', async () => {
    const { code, stdout, stderr } = await runScript(`
      import { mock } from 'node:test';
      import { createCache } from './src/index.ts';
      const cache = createCache({ ttl: '1m', clock: { now: () => Date.now() } });
      let computed = 0;
      const f = cache.memoize(() => (computed += 1));
      mock.timers.enable({ apis: ['Date'], now: Date.now() });
      const before = [f(), f()];
      mock.timers.tick(60_000);
      console.log(before.join(), f());
    `);
    expect([code, stdout]).toEqual([0, '1,1 2\n']);
    expect(stderr).not.toContain('Error');
  }, 30_000);
});

describe('an invalid clock', () => {
  const wrong = (clock: unknown) => () => createCache({ clock: clock as Clock });

  test.each([5, null, 'now', {}, { now: 5 }])('%p is an OptionError', (clock) => {
    expect(wrong(clock)).toThrow(OptionError);
    expect(wrong(clock)).toThrow(
      'createCache: `clock` must be an object with now(), which returns milliseconds, but is',
    );
  });

  test.each([NaN, Infinity, '5', undefined])('whose now() returns %p is one', (time) => {
    expect(wrong({ now: () => time })).toThrow(OptionError);
    expect(wrong({ now: () => time })).toThrow('`clock.now` must return a finite number');
  });

  test('Date and performance are clocks', () => {
    expect(createCache({ clock: Date }).memoize(counting())()).toBe(1);
    expect(createCache({ clock: performance }).memoize(counting())()).toBe(1);
  });

  test('is one on a shared backend, of the cache or of the function', () => {
    const [remote, clock] = [remoteBackend(), { now: () => 0 }];
    const tier = tiered(lru(), remoteBackend());
    expect(() => createCache({ backend: remote, clock })).toThrow(OptionError);
    expect(() => createCache({ backend: tier, clock })).toThrow(
      'createCache: `clock` must be left out on the shared backend "tiered", whose entries expire',
    );
    const cache = createCache({ clock });
    expect(() => cache.memoize(async () => 1, { name: 'f', backend: remote })).toThrow(
      'memoize: `clock` must be left out on the shared backend "remote"',
    );
  });

  test('is no option of memoize', () => {
    expect(() => memoize(() => 1, { clock: Date } as object)).toThrow('there is no option `clock`');
  });
});
