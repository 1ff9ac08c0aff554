import { createCache, lru, memoize, type Backend } from '../../src/index.js';
import { memcached } from '../../src/memcached.js';
import { describeEvery } from '../support/every-backend.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { describeMemcached, freePort, MemcachedDaemon } from '../support/memcached-daemon.js';
import { randomFrom } from '../support/random.js';
import { runScript } from '../support/script.js';
import { deferred } from '../support/transcript.js';
import { flush, until } from '../support/until.js';

describeEvery('P10: nothing is left behind', (place) => {
  test('after calls of every kind the cache becomes idle, with no flight or read left', async () => {
    const { cache } = place.open();
    const random = randomFrom(10);
    let computed = 0;
    const f = cache.memoize(
      async (n: number) => {
        computed += 1;
        await flush();
        if (n % 7 === 0) throw new Error('now and then');
        return n;
      },
      { name: 'traces', ttl: (n) => (n % 5 === 0 ? 0 : 60_000) },
    );
    const all: Promise<unknown>[] = [];
    for (let call = 0; call < 1000; call += 1) {
      const n = Math.floor(random() * 60);
      const kind = random();
      if (kind < 0.85) all.push(f(n).catch(() => undefined));
      else if (kind < 0.9) all.push(f.refresh(n).catch(() => undefined));
      else if (kind < 0.95) all.push(Promise.resolve(f.invalidate(n)));
      else all.push(f.prime([n], Promise.resolve(n)));
      if (random() < 0.02) await flush();
    }
    await Promise.all(all);
    await cache.idle();
    // With nothing in progress, each key computes once more: no flight and no read was left.
    for (let n = 0; n < 60; n += 1) await f.invalidate(n);
    computed = 0;
    const { join } = cache.stats();
    for (let n = 0; n < 60; n += 1) await f(n).catch(() => undefined);
    expect(computed).toBe(60);
    expect(cache.stats().join).toBe(join);
    await cache.idle();
  });

  test('idle waits for computations and stores, and for nothing else', async () => {
    const { cache } = place.open();
    const gate = deferred<string>();
    const f = cache.memoize((_: number) => gate.promise, { name: 'idle' });
    await cache.idle();
    const call = f(1);
    await until(() => cache.stats().miss === 1);
    let idle = false;
    const waiting = cache.idle().then(() => (idle = true));
    await flush();
    expect(idle).toBe(false);
    gate.resolve('value');
    await call;
    await waiting;
    expect(cache.stats().store).toBe(1);
  });

  test('close waits for stores in progress, is final, and can be called again', async () => {
    const { cache } = place.open();
    let computed = 0;
    const f = cache.memoize(async (_: number) => (computed += 1), { name: 'closed' });
    await f(1);
    await Promise.all([cache.close(), cache.close()]);
    expect(cache.stats().store).toBe(1);
    expect([await f(1), await f(1)]).toEqual([2, 3]);
    await cache[Symbol.asyncDispose]();
    await cache.idle();
  });
});

describe('P10: in process', () => {
  test('an LRU of 100 keeps 100 of 100 000 keys, the last ones', () => {
    const f = memoize((n: number) => n, { backend: lru({ max: 100 }) });
    for (let n = 0; n < 100_000; n += 1) f(n);
    const kept: number[] = [];
    for (let n = 0; n < 100_000; n += 1) if (f.peek(n) !== undefined) kept.push(n);
    expect(kept).toEqual(Array.from({ length: 100 }, (_, n) => 99_900 + n));
  });

  test('an LRU keeps ten thousand entries by default', () => {
    const f = memoize((n: number) => n);
    for (let n = 0; n < 12_000; n += 1) f(n);
    let kept = 0;
    for (let n = 0; n < 12_000; n += 1) if (f.peek(n) !== undefined) kept += 1;
    expect(kept).toBe(10_000);
  });

  test('the functions and objects of one cache share its limit', () => {
    const cache = createCache({ backend: lru({ max: 10 }) });
    class Counter {
      computed = 0;
      @cache.cached() next(n: number): number {
        this.computed += 1;
        return n;
      }
    }
    const counters = Array.from({ length: 20 }, () => new Counter());
    const f = cache.memoize((n: number) => n);
    for (const counter of counters) counter.next(1);
    for (let n = 0; n < 5; n += 1) f(n);
    for (const counter of [...counters].reverse()) counter.next(1);
    const again = counters.filter(({ computed }) => computed === 2);
    expect(again.length).toBeGreaterThanOrEqual(15);
  });

  test('no ttl needs a timer, however long it is', () => {
    jest.useFakeTimers();
    try {
      const f = memoize((n: number) => n, { ttl: (n) => n });
      for (const ttl of [1, 1000, 30 * 86_400_000, 2 ** 40, Infinity]) expect(f(ttl)).toBe(ttl);
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  test('a custom backend stays usable after a thousand caches on it', async () => {
    const backend: Backend = lru({ max: 10 });
    for (let n = 0; n < 1000; n += 1) {
      expect(await createCache({ backend }).memoize((m: number) => m + n)(1)).toBe(1 + n);
    }
  });
});

describeMemcached('P10: on memcached', () => {
  let daemon: MemcachedDaemon;
  let proxy: FaultProxy;
  beforeAll(async () => {
    daemon = await MemcachedDaemon.start();
    proxy = await FaultProxy.start(daemon.port);
  });
  afterAll(async () => {
    await proxy.stop();
    await daemon.stop();
  });

  test('the first call opens one connection for all calls, and close ends it', async () => {
    const cache = createCache({ backend: memcached(proxy.address, { timeout: '5s' }) });
    const f = cache.memoize(async (n: number) => n, { name: 'connections' });
    await flush();
    expect(proxy.accepted).toBe(0);
    for (let round = 0; round < 3; round += 1) {
      await Promise.all(Array.from({ length: 100 }, (_, n) => f(n)));
      await cache.idle();
    }
    expect(proxy.accepted).toBe(1);
    await cache.close();
    await until(() => proxy.connections === 0);
  });

  test('failed connections do not accumulate', async () => {
    const cache = createCache({ backend: memcached(proxy.address, { timeout: 50 }) });
    const f = cache.memoize(async (n: number) => n, { name: 'failing' });
    for (let n = 0; n < 30; n += 1) {
      proxy.fault = n % 2 === 0 ? { type: 'stall', at: 3 } : { type: 'blackHole' };
      expect(await f(n)).toBe(n);
      expect(proxy.connections).toBeLessThan(4);
    }
    proxy.fault = { type: 'none' };
    await cache.close();
    await until(() => proxy.connections === 0);
  });

  const PROGRAM = `
    import { createCache, memoize } from './src/index.ts';
    import { memcached } from './src/memcached.ts';
    const backend = memcached(process.env.SERVER, { timeout: 5_000 });
    const cache = createCache({ backend });
  `;
  const SERVER = () => ({ SERVER: daemon.address });

  test('a process ends by itself without close() when its calls and stores are done', async () => {
    const { code, stdout, stderr } = await runScript(
      `${PROGRAM}
      const f = cache.memoize(async (n) => n * 2, { key: 'ends:{0}' });
      const values = await Promise.all([f(1), f(2), f(1)]);
      console.log(values.join(), await f(3));`,
      SERVER(),
    );
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '2,4,2 6\n', stderr: '' });
    for (const n of [1, 2, 3])
      expect(await daemon.ask(`get ends:${n}`)).toContain(`\r\n${n * 2}\r\n`);
  }, 30_000);

  test('a process whose calls are not awaited ends when their values are stored', async () => {
    const { code, stderr } = await runScript(
      `${PROGRAM}
      const f = memoize(async (n) => n * 2, { key: 'behind:{0}', backend });
      void f(4);`,
      SERVER(),
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await daemon.ask('get behind:4')).toContain('\r\n8\r\n');
  }, 30_000);

  test('a process without its memcached ends, and close() leaves no socket or timer', async () => {
    const refused = runScript(
      `${PROGRAM}
      const f = cache.memoize(async (n) => n * 2, { key: 'x:{0}', warnings: false });
      console.log(await f(1), await f(2));`,
      { SERVER: `127.0.0.1:${await freePort()}` },
    );
    const closing = runScript(
      `${PROGRAM}
      const f = cache.memoize(async (n) => n * 2, { key: 'y:{0}' });
      await f(1);
      await cache.close();
      await new Promise((resolve) => setImmediate(resolve));
      const left = process.getActiveResourcesInfo().filter((each) => /TCP|Timeout/.test(each));
      console.log(left.join());`,
      SERVER(),
    );
    expect(await refused).toEqual({ code: 0, stdout: '2 4\n', stderr: '' });
    expect(await closing).toEqual({ code: 0, stdout: '\n', stderr: '' });
  }, 30_000);
});
