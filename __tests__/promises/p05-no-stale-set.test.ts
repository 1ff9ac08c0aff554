import { createCache, type Entry } from '../../src/index.js';
import { describeEvery } from '../support/every-backend.js';
import { randomFrom } from '../support/random.js';
import { remoteBackend } from '../support/remote-backend.js';
import { deferred } from '../support/transcript.js';
import { flush, outcome, until } from '../support/until.js';

describeEvery('P5: after an invalidation no later call gets an earlier value', (place) => {
  /** A function whose computations finish one by one when the test says so. */
  const gated = (name: string) => {
    const { cache, heard } = place.open();
    const gates = Array.from({ length: 4 }, () => deferred<string>());
    let computed = 0;
    const f = cache.memoize((_: number) => gates[computed++]!.promise, { name });
    /** Waits until `count` computations have begun. */
    const begun = (count: number): Promise<void> => until(() => computed >= count);
    return { cache, heard, gates, f, begun };
  };

  test('invalidate: the old value reaches its own callers and is not stored', async () => {
    const { cache, gates, f, begun, heard } = gated('invalidated');
    const old = f(1);
    const joined = f(1);
    await begun(1);
    expect(await f.invalidate(1)).toBe(true);
    const young = f(1);
    await begun(2);
    gates[0]!.resolve('old');
    expect(await old).toBe('old');
    const later = f(1);
    gates[1]!.resolve('young');
    // On a shared backend another process may have invalidated before the call joined, so it starts again.
    expect(await joined).toBe(place.shared ? 'young' : 'old');
    expect(await Promise.all([young, later])).toEqual(['young', 'young']);
    await cache.idle();
    expect(await f(1)).toBe('young');
    expect(heard).toContain('skip:fenced');
    expect(heard.filter((type) => type === 'store')).toHaveLength(1);
  });

  test('invalidate: an old value that arrives last overwrites nothing', async () => {
    const { cache, gates, f, begun, heard } = gated('late');
    const old = f(1);
    await begun(1);
    await f.invalidate(1);
    const young = f(1);
    await begun(2);
    gates[1]!.resolve('young');
    expect(await young).toBe('young');
    await until(() => heard.includes('store'));
    gates[0]!.resolve('old');
    expect(await old).toBe('old');
    await cache.idle();
    expect(await f(1)).toBe('young');
  });

  test('invalidate: a value being stored and a stored value are both removed', async () => {
    const { cache, gates, f, begun } = gated('storing');
    gates[0]!.resolve('first');
    expect(await f(1)).toBe('first'); // its store may be in progress
    await f.invalidate(1);
    const second = f(1);
    await begun(2);
    gates[1]!.resolve('second');
    expect(await second).toBe('second');
    await cache.idle();
    await f.invalidate(1);
    const third = f(1);
    await begun(3);
    gates[2]!.resolve('third');
    expect(await third).toBe('third');
  });

  test('invalidate: a look-up in progress is not shared with later calls', async () => {
    const { cache, f, gates } = gated('reading');
    gates[0]!.resolve('old');
    await f(1);
    await cache.idle();
    const reading = f(1); // this call may still get the old value
    const invalidated = f.invalidate(1);
    expect(await invalidated).toBe(true);
    gates[1]!.resolve('young');
    expect(await f(1)).toBe('young');
    expect(['old', 'young']).toContain(await reading);
  });

  test('invalidate: two concurrent invalidations, and one of a missing key', async () => {
    const { f, gates, begun } = gated('twice');
    expect(await Promise.all([f.invalidate(1), f.invalidate(1)])).toEqual([true, true]);
    const call = f(1);
    await begun(1);
    await Promise.all([f.invalidate(1), f.invalidate(1)]);
    gates[0]!.resolve('old');
    gates[1]!.resolve('young');
    expect(await call).toBe('old');
    expect(await f(1)).toBe('young');
  });

  test('invalidate: an earlier computation that fails affects no later call', async () => {
    const { f, gates, begun, cache } = gated('failing');
    const old = f(1).catch((error: unknown) => error);
    await begun(1);
    await f.invalidate(1);
    const young = f(1);
    await begun(2);
    const failure = new Error('late');
    gates[0]!.reject(failure);
    expect(await old).toBe(failure);
    gates[1]!.resolve('young');
    expect(await young).toBe('young');
    await cache.idle();
    expect(await f(1)).toBe('young');
  });

  test('refresh: the value of an earlier computation is not stored after it', async () => {
    const { cache, f, gates, begun } = gated('refresh');
    const old = f(1);
    await begun(1);
    const refreshed = f.refresh(1);
    await begun(2);
    gates[1]!.resolve('young');
    expect(await refreshed).toBe('young');
    gates[0]!.resolve('old');
    expect(await old).toBe('old');
    await cache.idle();
    expect(await f(1)).toBe('young');
  });

  test('refresh: a value that must not be stored still removes the old one', async () => {
    const { cache } = place.open();
    const values = ['old', 'passing', 'young'];
    const f = cache.memoize(async (_: number) => values.shift(), {
      name: 'passing',
      shouldCache: (value) => value !== 'passing',
    });
    await f(1);
    await cache.idle();
    expect(await f.refresh(1)).toBe('passing');
    await cache.idle();
    expect(await f(1)).toBe('young');
  });

  test('prime: the value of an earlier computation does not replace the primed one', async () => {
    const { cache, f, gates, begun } = gated('prime');
    const old = f(1);
    await begun(1);
    expect(await f.prime([1], Promise.resolve('given'))).toBe(true);
    gates[0]!.resolve('old');
    expect(await old).toBe('old');
    await cache.idle();
    expect(await f(1)).toBe('given');
  });

  test('prime: calls made while the promise is pending get its value', async () => {
    const { cache, f } = gated('promised');
    const given = deferred<string>();
    const primed = f.prime([1], given.promise);
    const call = f(1);
    given.resolve('given');
    expect([await primed, await call]).toEqual([true, 'given']);
    await cache.idle();
    expect(await f(1)).toBe('given');
  });

  test('prime: a promised value that was invalidated meanwhile is not stored', async () => {
    const { cache, f, gates } = gated('unprimed');
    const given = deferred<string>();
    const primed = f.prime([1], given.promise);
    expect(await f.invalidate(1)).toBe(true);
    given.resolve('old');
    expect(await primed).toBe(false);
    await cache.idle();
    gates[0]!.resolve('young');
    expect(await f(1)).toBe('young');
  });

  test('the value of a function that invalidates its own key is not stored', async () => {
    const { cache } = place.open();
    let computed = 0;
    const f: ((n: number) => Promise<number>) & { invalidate(n: number): unknown } = cache.memoize(
      async (n: number) => {
        computed += 1;
        const mine = computed;
        await f.invalidate(n);
        return mine;
      },
      { name: 'own' },
    );
    expect(await f(1)).toBe(1);
    await cache.idle();
    expect(await f(1)).toBe(2);
  });

  test('in any order of calls and writes, a call sees every write confirmed before it', async () => {
    const { cache } = place.open();
    const random = randomFrom(5);
    const wander = async (most: number): Promise<void> => {
      for (let turns = Math.floor(random() * most); turns > 0; turns -= 1) await flush();
    };
    const written = [0, 0, 0]; // the source's version of each key
    const confirmed = [0, 0, 0];
    const f = cache.memoize(
      async (n: number) => {
        const version = written[n] ?? 0;
        await wander(6);
        return version;
      },
      { name: 'versions' },
    );
    const stale: string[] = [];
    const call = async (n: number): Promise<void> => {
      const least = confirmed[n] ?? 0;
      const seen = await (random() < 0.1 ? f.refresh(n) : f(n));
      if (seen < least) stale.push(`key ${n}: version ${seen} after ${least} was confirmed`);
    };
    const write = async (n: number): Promise<void> => {
      const version = (written[n] ?? 0) + 1;
      written[n] = version;
      const done = await f.invalidate(n);
      if (done) confirmed[n] = Math.max(confirmed[n] ?? 0, version);
    };
    const all: Promise<void>[] = [];
    for (let step = 0; step < 1500; step += 1) {
      const n = Math.floor(random() * 3);
      all.push(random() < 0.2 ? write(n) : call(n));
      if (random() < 0.4) await wander(4);
    }
    await Promise.all(all);
    expect(stale).toEqual([]);
    expect(cache.stats().hit).toBeGreaterThan(50);
    expect(cache.stats().skip).toBeGreaterThan(20);
  });
});

test('P5: clear in process: the value of an earlier computation is not stored after it', async () => {
  const gates = [deferred<string>(), deferred<string>()];
  let computed = 0;
  const f = createCache().memoize((_: number) => gates[computed++]!.promise);
  const old = f(1);
  expect(f.clear()).toBe(true);
  const young = f(1);
  gates[0]!.resolve('old');
  gates[1]!.resolve('young');
  expect(await Promise.all([old, young])).toEqual(['old', 'young']);
  expect(await f(1)).toBe('young');
});

test('P5: on a backend that replies out of order, a look-up in progress is not shared', async () => {
  const slow = deferred<Entry | undefined>();
  const answers = [slow.promise, Promise.resolve(undefined)];
  const backend = remoteBackend({ get: () => answers.shift() });
  const f = createCache({ backend }).memoize(async (_: number) => 'young', { name: 'unordered' });
  const early = f(1);
  expect(await f.invalidate(1)).toBe(true);
  expect(await outcome(f(1), 1000)).toEqual({ value: 'young' });
  slow.resolve({ value: 'old', freshUntil: Infinity });
  expect(await early).toBe('old');
});
