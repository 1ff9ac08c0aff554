import {
  createCache,
  lru,
  memoize,
  tiered,
  type AsyncBackend,
  type CacheOptions,
  type SyncBackend,
  type TieredOptions,
} from '../../../src/index.js';
import { memcached } from '../../../src/memcached.js';
import { backendContract } from '../../../src/testing/index.js';
import { heapInUse } from '../../support/heap.js';
import { describeMemcached, MemcachedDaemon } from '../../support/memcached-daemon.js';
import { connect, SimulatedStore, type Fate } from '../../support/simulated-fleet.js';
import { deferred, transcript } from '../../support/transcript.js';
import { flush, flushMessages } from '../../support/until.js';

/** A shared backend on a store that records its operations and can be down. */
function remote(store: SimulatedStore) {
  const state = { down: false, fate: 'arrives' as Fate, gate: Promise.resolve() };
  const asked: string[] = [];
  const link = connect(store, {
    delay: async () => {
      await state.gate;
      await flush();
    },
    fate: (_, command) => {
      asked.push(command);
      return state.fate;
    },
  });
  const backend = { ...link, isDown: () => state.down } as AsyncBackend;
  return { backend, state, asked };
}

/** A process with its own tier, and a function whose n-th computation returns `n`. */
function member(
  store: SimulatedStore,
  {
    l1 = lru(),
    ...options
  }: Omit<CacheOptions<AsyncBackend>, 'backend'> & { l1?: SyncBackend } = {},
  tier?: TieredOptions,
) {
  const { backend, state, asked } = remote(store);
  const { heard, onEvent } = transcript();
  const cache = createCache({ backend: tiered(l1, backend, tier), onEvent, ...options });
  let computed = 0;
  const f = cache.memoize(async (_: string) => (computed += 1), { key: '{0}' });
  return { cache, f, heard, asked, state };
}

const pass = (milliseconds: number) => jest.advanceTimersByTimeAsync(milliseconds);

describe('a tier', () => {
  let store: SimulatedStore;
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick', 'setImmediate'] });
    store = new SimulatedStore();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('returns its copy of a read value for one second, then reads again', async () => {
    const { cache, f, asked } = member(store);
    await f('k');
    await cache.idle();
    expect(asked).toEqual(['get', 'acquire', 'fill']);
    await f('k'); // reads the stored value, and keeps a copy
    expect(asked.splice(0)).toEqual(['get', 'acquire', 'fill', 'get']);
    await pass(999);
    expect([await f('k'), await f('k'), asked]).toEqual([1, 1, []]);
    await pass(2);
    expect([await f('k'), await f('k'), asked]).toEqual([1, 1, ['get']]);
    expect(cache.stats()).toMatchObject({ miss: 1, hit: 5 });
  });

  test('keeps a copy for calls that come faster than replies', async () => {
    const { cache, f, asked, state } = member(store, {}, { ttl: '1h' });
    await f('k');
    await cache.idle();
    asked.length = 0;
    const gates = Array.from({ length: 10 }, () => deferred<undefined>());
    const calls: Promise<number>[] = [];
    for (const [n, { promise }] of gates.entries()) {
      state.gate = promise as Promise<never>;
      calls.push(f('k'));
      await flush();
      gates[n - 1]?.resolve(undefined); // the previous reply arrives when the next get is sent
      await flush();
    }
    gates.at(-1)!.resolve(undefined);
    expect(new Set(await Promise.all(calls))).toEqual(new Set([1]));
    expect(asked.length).toBeLessThan(8);
  });

  test('counts the ttl of a copy from the start of the read', async () => {
    const [one, two] = [member(store), member(store)];
    await one.f('k');
    await one.cache.idle();
    const gate = deferred<undefined>();
    one.state.gate = gate.promise as Promise<never>;
    const read = one.f('k');
    await flush();
    await pass(700);
    gate.resolve(undefined);
    expect(await read).toBe(1);
    expect(await two.f.invalidate('k')).toBe(true);
    await pass(299);
    expect(await one.f('k')).toBe(1);
    await pass(1);
    expect(await one.f('k')).toBe(2);
  });

  test('peek returns the freshUntil of the value, not of its copy', async () => {
    const { cache, f } = member(store, { ttl: '1h' });
    await f('k');
    await cache.idle();
    const [first, second] = [await f.peek('k'), await f.peek('k')];
    expect(second!.freshUntil).toBe(first!.freshUntil);
    expect(second!.freshUntil - Date.now()).toBeGreaterThan(3_599_000);
  });

  test('keeps a copy no longer than the value is fresh', async () => {
    const { f, heard, asked } = member(store, { ttl: 500 }, { ttl: '1h' });
    await f('k');
    await f('k');
    await pass(499);
    expect([await f('k'), asked.length]).toEqual([1, 4]);
    await pass(1);
    expect(await f('k')).toBe(2);
    expect(heard.filter((type) => type === 'miss')).toHaveLength(2);
  });

  test('follows an invalidation by another process after its ttl at most', async () => {
    const [one, two] = [member(store, {}, { ttl: '5s' }), member(store)];
    await one.f('k');
    await one.cache.idle();
    await one.f('k');
    await pass(2_000);
    expect(await two.f.invalidate('k')).toBe(true);
    await pass(2_999);
    expect(await one.f('k')).toBe(1);
    await pass(1);
    expect(await one.f('k')).toBe(2);
  });

  test.each<[string, (f: ReturnType<typeof member>['f']) => Promise<unknown>, number]>([
    ['invalidates', (f) => f.invalidate('k'), 2],
    ['primes', (f) => f.prime(['k'], Promise.resolve(7)), 7],
    ['refreshes', (f) => f.refresh('k'), 2],
  ])('never returns an older value after its own process %s', async (_, control, next) => {
    const { cache, f } = member(store, {}, { ttl: '1h' });
    await f('k');
    await cache.idle();
    expect(await f('k')).toBe(1);
    await control(f);
    expect(await f('k')).toBe(next);
    await cache.idle();
    expect(await f('k')).toBe(next);
  });

  test.each<[string, boolean, number]>([
    ['stores', true, 2],
    ['declines the value and removes the old one', false, 3],
  ])('keeps no copy of a value read during a refresh that %s', async (_, stored, next) => {
    const { cache } = member(store, {}, { ttl: '1h' });
    const gates = [deferred<boolean>(), deferred<boolean>(), deferred<boolean>()];
    let computed = 0;
    const f = cache.memoize(
      async () => {
        const { promise } = gates[computed]!;
        const value = (computed += 1);
        await promise;
        return value;
      },
      { name: 'gated', shouldCache: (value) => stored || value !== 2 },
    );
    for (const n of [0, 2]) gates[n]!.resolve(true);
    await f();
    await cache.idle();
    const refreshed = f.refresh();
    while (computed < 2) await flush();
    expect((await f.peek())?.value).toBe(1); // copies it into the tier
    gates[1]!.resolve(true);
    expect(await refreshed).toBe(2);
    await cache.idle();
    expect(await f()).toBe(next);
  });

  test('keeps no copy of a read that an invalidation overtakes', async () => {
    const { cache, f, state } = member(store, {}, { ttl: '1h' });
    await f('k');
    await cache.idle();
    const gate = deferred<undefined>();
    state.gate = gate.promise as Promise<never>;
    const read = f('k');
    await flush();
    const invalidated = f.invalidate('k');
    gate.resolve(undefined);
    expect([await read, await invalidated]).toEqual([1, true]);
    expect(await f('k')).toBe(2);
  });

  test('refreshes by the time of the shared entry, not of the copy', async () => {
    const { cache, asked } = member(store, { ttl: '1h', earlyRefresh: 1 }, { ttl: 1_000 });
    const f = cache.memoize(async () => pass(500), { name: 'costly' });
    await f();
    await cache.idle();
    await f();
    await pass(999); // the copy is about to expire, the entry is not
    asked.length = 0;
    for (let n = 0; n < 100; n += 1) await f();
    await pass(1); // a refresh would begin in the background
    expect(asked).toEqual([]);
  });

  test('returns a stale value and refreshes it in the background, once for two processes', async () => {
    const options = { ttl: 500, staleWhileRevalidate: '1m' } as const;
    const fleet = [member(store, options), member(store, options)];
    for (const { f } of fleet) {
      await f('k');
      await f('k');
    }
    await pass(600);
    for (const { f } of fleet) expect(await f('k')).toBe(1);
    await pass(1);
    await Promise.all(fleet.map(({ cache }) => cache.idle()));
    const heard = fleet.flatMap((each) => each.heard);
    expect(heard.filter((type) => type === 'refresh')).toHaveLength(1);
  });

  test('keeps a value computed while the shared backend is down, for its ttl', async () => {
    const { cache, f, heard, state, asked } = member(store);
    state.down = true;
    expect([await f('k'), await f('k')]).toEqual([1, 1]);
    await pass(1_000);
    expect([await f('k'), await f('k')]).toEqual([2, 2]);
    expect(heard).toEqual(['miss', 'skip:backendDown', 'hit', 'miss', 'skip:backendDown', 'hit']);
    expect(asked).toEqual([]);
    state.down = false;
    await pass(1_000);
    expect(await f('k')).toBe(3);
    await cache.idle();
    expect(heard.at(-1)).toBe('store');
  });

  test('keeps a value if the shared backend went down during its computation', async () => {
    const { cache, state } = member(store);
    let computed = 0;
    const f = cache.memoize(
      async () => {
        state.down = true;
        return (computed += 1);
      },
      { name: 'surprised' },
    );
    expect(await f()).toBe(1);
    await cache.idle();
    expect(await f()).toBe(1);
  });

  test('counts the ttl of a kept value from the start of its computation', async () => {
    const { cache, state } = member(store);
    const other = member(store);
    let computed = 0;
    const slow = cache.memoize(
      async (_: string) => {
        const value = (computed += 1);
        await new Promise((resolve) => setTimeout(resolve, 600));
        return value;
      },
      { key: '{0}' },
    );
    state.fate = 'lost';
    const call = slow('k');
    await flushMessages();
    state.fate = 'arrives';
    expect(await other.f.invalidate('k')).toBe(true);
    await pass(600);
    expect(await call).toBe(1);
    await pass(399);
    expect(await slow('k')).toBe(1); // a second after the invalidation at most
    await pass(1);
    const next = slow('k');
    await flushMessages();
    await pass(600);
    expect(await next).toBe(2);
  });

  test('joins, and an invalidation fences, a computation that began while a lease was being acquired', async () => {
    const { backend, state } = remote(store);
    const acquired = deferred<undefined>();
    const { acquire } = backend.leases!;
    const leases = {
      ...backend.leases!,
      acquire: async (...given: Parameters<typeof acquire>) => {
        const version = await acquire(...given);
        await acquired.promise;
        return version;
      },
    };
    const cache = createCache({ backend: tiered(lru(), { ...backend, leases }, { ttl: '1h' }) });
    const gate = deferred<undefined>();
    let computed = 0;
    const f = cache.memoize(
      async (_: string) => {
        const value = (computed += 1);
        await gate.promise;
        return value;
      },
      { key: '{0}' },
    );
    const first = f('k'); // finds nothing, and requests the lease
    await flushMessages();
    state.fate = 'lost';
    const second = f('k'); // its look-up fails: it computes, for this process alone
    await flushMessages();
    state.fate = 'arrives';
    acquired.resolve(undefined);
    await flushMessages();
    expect(computed).toBe(1);
    expect(await f.invalidate('k')).toBe(true);
    gate.resolve(undefined);
    expect(await second).toBe(1);
    await first;
    expect(await f('k')).toBeGreaterThan(1);
  });

  test('serves no kept value until an invalidation is confirmed', async () => {
    const { cache, f, state } = member(store);
    await f('k');
    await cache.idle();
    state.fate = 'lost';
    expect(await f.invalidate('k')).toBe(false);
    state.down = true;
    expect([await f('k'), await f('k')]).toEqual([2, 3]);
  });

  test('keeps computed values without leases too', async () => {
    const { f, heard, state } = member(store, { lease: false });
    state.fate = 'lost';
    expect([await f('k'), await f('k')]).toEqual([1, 1]);
    expect(heard).toEqual(['error:get', 'miss', 'skip:backendDown', 'hit']);
  });

  test('keeps no value with a ttl of 0 while the shared backend is down', async () => {
    const { f, state } = member(store, { ttl: 0 });
    state.down = true;
    expect([await f('k'), await f('k')]).toEqual([1, 2]);
  });

  test('keeps no value that was invalidated before it was kept', async () => {
    const { cache, state } = member(store);
    let computed = 0;
    const f = cache.memoize(async () => (computed += 1), {
      name: 'invalidated',
      ttl: (value) => {
        if (value === 1) void f.invalidate();
        return 1_000;
      },
    });
    state.down = true;
    expect(await f()).toBe(1);
    await cache.idle();
    expect([await f(), await f()]).toEqual([2, 2]);
  });

  test('keeps a value computed while the shared backend fails', async () => {
    const { f, heard, state } = member(store);
    state.fate = 'lost';
    expect([await f('k'), await f('k')]).toEqual([1, 1]);
    expect(heard).toEqual(['error:get', 'miss', 'skip:backendDown', 'hit']);
  });

  test('drops a kept value on an invalidation, even an unconfirmed one', async () => {
    const { cache, f, heard, state } = member(store);
    await f('k');
    await cache.idle();
    await f('k');
    state.fate = 'lost';
    expect(await f.invalidate('k')).toBe(false);
    expect([await f('k'), await f('k')]).toEqual([2, 3]); // nothing is served until it is confirmed
    state.fate = 'arrives';
    await pass(2_000);
    expect(await f('k')).toBe(4);
    expect(heard).toContain('confirm');
  });

  test('works on a shared backend without leases, and without a deadline', async () => {
    const { backend } = remote(store);
    const { leases: _, deadline: __, ...plain } = backend;
    const { onEvent, heard } = transcript();
    const f = memoize(async (n: number) => n, {
      backend: tiered(lru(), plain),
      name: 'f',
      onEvent,
    });
    expect([await f(1), await f(1), await f(1)]).toEqual([1, 1, 1]);
    expect(heard).toEqual(['miss', 'store', 'hit', 'hit']);
  });

  test('sets a deadline for a shared backend without one', async () => {
    const { backend } = remote(store);
    const { leases: _, deadline: __, ...plain } = backend;
    const never: AsyncBackend = { ...plain, get: () => new Promise(() => undefined) };
    const f = memoize(async () => 'value', { backend: tiered(lru(), never), name: 'f' });
    const calls = [f(), f()];
    await pass(1_000);
    expect(await Promise.all(calls)).toEqual(['value', 'value']);
    expect(await f()).toBe('value'); // from process
  });

  test.each<[string, (l1: SyncBackend) => Partial<SyncBackend>]>([
    ['get', () => ({ get: () => { throw new Error('l1'); } })], // prettier-ignore
    ['delete', () => ({ delete: () => { throw new Error('l1'); } })], // prettier-ignore
    ['set', () => ({ set: () => { throw new Error('l1'); } })], // prettier-ignore
    ['answer', () => ({ get: () => 'no entry' as never })],
  ])(
    'works without an in-process backend whose %s fails, and emits one event',
    async (_, broken) => {
      const l1 = lru();
      const { f, cache, heard, asked } = member(store, { l1: { ...l1, ...broken(l1) } });
      for (let n = 0; n < 5; n += 1) {
        await f('k');
        await cache.idle();
      }
      expect(heard.filter((type) => type.startsWith('error'))).toHaveLength(1);
      expect(heard.slice(-2)).toEqual(['hit', 'hit']);
      expect(asked.at(-1)).toBe('get');
      expect(await f.invalidate('k')).toBe(true);
    },
  );

  test('treats null from either backend as a missing entry', async () => {
    const { backend } = remote(store);
    const l1 = lru();
    const nulls = tiered(
      { ...l1, get: (key) => l1.get(key) ?? (null as never) },
      { ...backend, get: async (key) => (await backend.get(key)) ?? (null as never) },
    );
    const { heard, onEvent } = transcript();
    const f = createCache({ backend: nulls, onEvent }).memoize(async () => 1, { name: 'f' });
    expect([await f(), await f(), await f()]).toEqual([1, 1, 1]);
    expect(heard).toEqual(['miss', 'store', 'hit', 'hit']);
  });

  test('treats garbage from the shared backend as a failure, and copies none of it', async () => {
    const garbage = {
      ...remote(store).backend,
      get: async () => ({ freshUntil: Infinity }) as never,
    };
    const { heard, onEvent } = transcript();
    const cache = createCache({ backend: tiered(lru(), garbage), onEvent });
    const f = cache.memoize(async () => 1, { name: 'f', ttl: 0 });
    expect([await f(), await f()]).toEqual([1, 1]);
    expect(heard.filter((type) => type === 'error:get')).toHaveLength(2);
  });

  test('returns copies if its in-process backend does', async () => {
    const { cache } = member(store, { l1: lru({ copy: 'clone' }) });
    const f = cache.memoize(async () => ({ list: [1] }), { name: 'copied' });
    await f();
    await cache.idle();
    await f();
    (await f()).list.push(2);
    expect(await f()).toEqual({ list: [1] });
  });

  test('reads a value that its in-process backend cannot keep from the shared one each time', async () => {
    const { cache, heard, asked } = member(store, { l1: lru({ copy: 'freeze' }) });
    const f = cache.memoize(async () => new Map([[1, 2]]), { name: 'a map' });
    await f();
    await cache.idle();
    asked.length = 0;
    expect([await f(), await f()]).toEqual([new Map([[1, 2]]), new Map([[1, 2]])]);
    expect(asked).toEqual(['get', 'get']);
    expect(heard).not.toContain('error:set');
  });

  test('shares no entries with other functions on its in-process backend', async () => {
    const l1 = lru();
    const one = member(store, { l1 });
    const two = member(new SimulatedStore(), { l1 });
    const own = memoize((_: string) => 'own', { backend: l1, key: '{0}' });
    own('k');
    await one.f('k');
    await one.f('k');
    const g = two.cache.memoize(async (_: string) => 'two', { key: '{0}' });
    expect([await g('k'), await g('k'), await one.f('k'), own('k')]).toEqual([
      'two',
      'two',
      1,
      'own',
    ]);
  });

  test('keeps nothing but copies of the keys it has read', async () => {
    jest.useRealTimers();
    const absent: AsyncBackend = {
      ...remote(store).backend,
      get: async () => undefined,
    };
    const tier = tiered(lru(), absent);
    const read = async (from: number): Promise<void> => {
      for (let n = from; n < from + 5_000; n += 1) await tier.get(`${n}`.padEnd(1_000));
    };
    await read(0);
    const before = await heapInUse();
    await read(5_000);
    expect((await heapInUse()) - before).toBeLessThan(1_000_000);
  });

  test('shares function names and flights with its shared backend', async () => {
    const { backend } = remote(store);
    // Without `name`: a name that was written out may come again with the same source.
    const load = async (_: string) => 'value';
    const on = (each: AsyncBackend) => () => memoize(load, { backend: each });
    on(tiered(lru(), backend))();
    expect(on(backend)).toThrow('two functions');
    expect(on(tiered(lru(), tiered(lru(), backend)))).toThrow('two functions');
    let computed = 0;
    const count = async (_: string) => (computed += 1);
    const calls = [backend, tiered(lru(), backend)].map((each) =>
      memoize(count, { backend: each, key: 'n:{0}' })('k'),
    );
    expect(await Promise.all(calls)).toEqual([1, 1]);
  });

  test.each([false, true])('close closes both backends, even when one fails: %s', async (fails) => {
    const closed: string[] = [];
    const own = lru();
    const l1 = {
      ...own,
      close: () => {
        closed.push('l1');
        if (fails) throw new Error('l1');
      },
    };
    const l2 = { ...remote(store).backend, close: async () => void closed.push('l2') };
    const { heard, onEvent } = transcript();
    const cache = createCache({ backend: tiered(l1, l2), onEvent });
    const f = cache.memoize(async () => 1, { name: 'f' });
    await f();
    await f();
    await cache.close();
    expect(closed).toEqual(['l1', 'l2']);
    expect(heard.includes('error:close')).toBe(fails);
    heard.length = 0;
    l2.isDown = () => true;
    expect(await f()).toBe(1);
    expect(heard).toEqual(['miss', 'skip:backendDown']);
  });
});

describe('tiered() throws an OptionError for', () => {
  const shared = remote(new SimulatedStore()).backend;
  const cases: [string, unknown[], string][] = [
    ['a missing l1', [undefined, shared], 'tiered: `l1` must be an in-process backend such as lru(), but is undefined'], // prettier-ignore
    ['a shared backend as l1', [shared, shared], 'tiered: `l1` must be an in-process backend such as lru(), but is the backend "simulated"'], // prettier-ignore
    ['a missing l2', [lru()], 'tiered: `l2` must be a shared backend such as memcached(), but is undefined'], // prettier-ignore
    ['a backend in process as l2', [lru(), lru()], 'tiered: `l2` must be a shared backend such as memcached(), but is the backend "lru"'], // prettier-ignore
    ['an unknown option', [lru(), shared, { max: 1 }], 'tiered: there is no option `max`; the options are ttl'], // prettier-ignore
    ['a ttl of 0', [lru(), shared, { ttl: 0 }], 'tiered: `ttl` must be longer than 0, but is 0; to keep nothing in l1, use l2 alone'], // prettier-ignore
    ['an invalid ttl', [lru(), shared, { ttl: 'soon' }], 'tiered: `ttl` must be a duration'],
    ['lru without its parentheses', [lru, shared], 'tiered: `l1` must be an in-process backend such as lru(), but is a function'], // prettier-ignore
    ['an object without the methods of a backend', [lru(), { sync: false, shared: true }], 'tiered: `l2` must be a shared backend such as memcached(), but is a plain object'], // prettier-ignore
    [
      'options that are not an object',
      [lru(), shared, 5],
      'tiered: the options must be an object, but are 5',
    ],
  ];
  test.each(cases)('%s', (_, args, message) => {
    const open = (): unknown => Reflect.apply(tiered, undefined, args);
    expect(open).toThrow(expect.objectContaining({ code: 'ERR_CACHE_OPTION' }));
    expect(open).toThrow(message);
  });
});

describeMemcached('a tier on memcached', () => {
  let daemon: MemcachedDaemon;
  beforeAll(async () => {
    daemon = await MemcachedDaemon.start();
  });
  afterAll(() => daemon.stop());

  backendContract('tiered()', () => tiered(lru(), memcached(daemon.address, { timeout: '5s' })), {
    describe,
    test,
  });
});
