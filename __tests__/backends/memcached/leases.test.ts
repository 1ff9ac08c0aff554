import { createCache, type BoundCache } from '../../../src/index.js';
import { memcached, type MemcachedBackend } from '../../../src/memcached.js';
import { FaultProxy } from '../../support/fault-proxy.js';
import { describeMemcached, MemcachedDaemon } from '../../support/memcached-daemon.js';
import { describePython, python } from '../../support/python.js';
import { deferred, transcript } from '../../support/transcript.js';
import { outcome, until } from '../../support/until.js';

let daemon: MemcachedDaemon;
const closing: (() => Promise<void>)[] = [];

/** One process of a fleet: a cache with a client of its own. */
function open(address = daemon.address, options: object = {}) {
  const { heard, onEvent } = transcript();
  const cache = createCache({
    backend: memcached(address, { timeout: '2s' }),
    onEvent,
    ...options,
  });
  closing.push(() => cache.close());
  return { cache, heard };
}

/** A memoized function of a process; the test settles its computations. */
function gated(cache: BoundCache<MemcachedBackend>, options: object = {}) {
  const gates = Array.from({ length: 4 }, () => deferred<string>());
  let computed = 0;
  const f = cache.memoize((_: string) => gates[computed++]!.promise, { key: '{0}', ...options });
  return {
    f,
    gates,
    begun: (count: number) => until(() => computed >= count),
    count: () => computed,
  };
}

describeMemcached('leases', () => {
  beforeAll(async () => {
    daemon = await MemcachedDaemon.start();
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  afterAll(() => daemon.stop());

  test('one process computes, and the others wait for its value', async () => {
    const [processA, processB] = [open(), open()];
    const [a, b] = [gated(processA.cache), gated(processB.cache)];
    const first = a.f('k1');
    await a.begun(1);
    const calls = [b.f('k1'), b.f('k1')];
    await b.f.peek('k1'); // sent after their gets, so that they have read the placeholder by now
    a.gates[0]!.resolve('value');
    expect(await first).toBe('value');
    expect(await Promise.all(calls)).toEqual(['value', 'value']);
    expect(b.count()).toBe(0);
    expect(processA.heard).toEqual(['miss', 'store']);
    expect(processB.heard).toEqual(['wait', 'hit', 'wait', 'hit']);
  });

  test('an invalidation by another process fences a computation, whose value only its own caller gets', async () => {
    const [processA, processB] = [open(), open()];
    const [a, b] = [gated(processA.cache), gated(processB.cache)];
    const old = a.f('k2');
    await a.begun(1);
    expect(await b.f.invalidate('k2')).toBe(true);
    const joined = a.f('k2'); // made after the invalidation: must not get the older value
    await until(() => processA.heard.includes('join'));
    a.gates[0]!.resolve('old');
    expect(await old).toBe('old');
    await a.begun(2);
    a.gates[1]!.resolve('young');
    expect(await joined).toBe('young');
    expect(await b.f('k2')).toBe('young');
    expect(processA.heard).toEqual(['miss', 'join', 'skip:fenced', 'retry', 'miss', 'store']);
  });

  test('a refresh fences the computation of another process, and keeps the stored value if it fails', async () => {
    const [processA, processB] = [open(), open()];
    const [a, b] = [gated(processA.cache), gated(processB.cache)];
    const old = a.f('k3');
    await a.begun(1);
    const refreshed = b.f.refresh('k3');
    await b.begun(1);
    a.gates[0]!.resolve('old');
    expect(await old).toBe('old');
    await until(() => processA.heard.includes('skip:fenced'));
    b.gates[0]!.resolve('new');
    expect(await refreshed).toBe('new');
    expect(await a.f('k3')).toBe('new');
    const failing = b.f.refresh('k3');
    await b.begun(2);
    expect(await a.f('k3')).toBe('new'); // while the refresh runs
    b.gates[1]!.reject(new Error('no'));
    await expect(failing).rejects.toThrow('no');
    expect(await a.f('k3')).toBe('new'); // after it has failed
  });

  test('a refresh is fenced by an invalidation by another process', async () => {
    const [processA, processB] = [open(), open()];
    const [a, b] = [gated(processA.cache), gated(processB.cache)];
    a.gates[0]!.resolve('first');
    await a.f('k4');
    const refreshed = a.f.refresh('k4');
    await a.begun(2);
    await b.f.invalidate('k4');
    a.gates[1]!.resolve('second');
    expect(await refreshed).toBe('second');
    await processA.cache.idle();
    expect(await b.f.peek('k4')).toBeUndefined();
    expect(processA.heard).toContain('skip:fenced');
    expect(processB.heard).toEqual(['invalidate']);
  });

  test('a refresh behind a stale entry runs once in the fleet, and is fenced when the entry is invalidated', async () => {
    const stale = { ttl: '50ms', staleWhileRevalidate: '1h' } as const;
    const [processA, processB] = [open(), open()];
    const [a, b] = [gated(processA.cache, stale), gated(processB.cache, stale)];
    a.gates[0]!.resolve('first');
    await a.f('k5');
    await processA.cache.idle();
    await until(async () => (await a.f.peek('k5')) === undefined);
    expect(await Promise.all([a.f('k5'), b.f('k5')])).toEqual(['first', 'first']);
    await until(() => a.count() + b.count() === 2);
    for (let call = 0; call < 20; call += 1) {
      expect(await Promise.all([a.f('k5'), b.f('k5')])).toEqual(['first', 'first']);
    }
    expect(a.count() + b.count()).toBe(2); // one first computation, one refresh
    await b.f.invalidate('k5');
    for (const { gates } of [a, b]) for (const { resolve } of gates) resolve('second');
    await Promise.all([processA.cache.idle(), processB.cache.idle()]);
    expect(await a.f.peek('k5')).toBeUndefined();
    expect([...processA.heard, ...processB.heard]).toContain('skip:fenced');
  });

  test('a holder that throws releases its lease, and a waiter computes', async () => {
    const [processA, processB] = [open(), open()];
    const [a, b] = [gated(processA.cache), gated(processB.cache)];
    const first = outcome(a.f('k6'));
    await a.begun(1);
    const waiting = b.f('k6');
    await b.f.peek('k6'); // by now the call waits
    const failure = new Error('no');
    a.gates[0]!.reject(failure);
    expect(await first).toEqual({ error: failure });
    await b.begun(1);
    b.gates[0]!.resolve('value');
    expect(await waiting).toBe('value');
    await processB.cache.idle();
    expect(processB.heard).toEqual(['wait', 'miss', 'store']);
  });

  test('a failed computation releases the refresh lease of its stale entry, so that no process waits for it', async () => {
    const options = { ttl: '50ms', staleIfError: '1h' } as const;
    const [processA, processB] = [open(), open()];
    const [a, b] = [gated(processA.cache, options), gated(processB.cache, options)];
    a.gates[0]!.resolve('old');
    await a.f('k16');
    await processA.cache.idle();
    await until(async () => (await a.f.peek('k16')) === undefined);
    for (const { promise, reject } of [a.gates[1]!, b.gates[0]!]) {
      void outcome(promise);
      reject(new Error('down'));
    }
    expect(await a.f('k16')).toBe('old');
    expect(await b.f('k16')).toBe('old');
    expect(processB.heard).toEqual(['miss', 'computeError', 'fallback']);
  });

  test('a refresh takes over the placeholder of another process, and releases it when it fails', async () => {
    const [processA, processB] = [open(), open()];
    const [a, b] = [gated(processA.cache), gated(processB.cache)];
    const first = a.f('k17');
    await a.begun(1);
    const refreshed = outcome(b.f.refresh('k17'));
    await b.begun(1);
    b.gates[0]!.reject(new Error('no'));
    expect(await refreshed).toHaveProperty('error');
    b.gates[1]!.resolve('next');
    expect(await b.f('k17')).toBe('next');
    expect(processB.heard.filter((type) => type === 'wait')).toEqual([]);
    a.gates[0]!.resolve('old');
    await first;
  });

  test('a computation that lasts longer than its lease renews it', async () => {
    const lease = { ttl: '1s' } as const;
    const [processA, processB] = [open(undefined, { lease }), open(undefined, { lease })];
    const [a, b] = [gated(processA.cache), gated(processB.cache)];
    const first = a.f('k7');
    await a.begun(1);
    const waiting = b.f('k7');
    // memcached counts in seconds: a lease of one second is over by then.
    await new Promise((resolve) => setTimeout(resolve, 3_200));
    a.gates[0]!.resolve('value');
    expect(await first).toBe('value');
    expect(await waiting).toBe('value');
    expect(b.count()).toBe(0);
  }, 20_000);

  test('calls that have waited for `lease.wait` share one computation, and the holder still stores its value', async () => {
    const [processA, processB] = [open(), open(undefined, { lease: { wait: '100ms' } })];
    const [a, b] = [gated(processA.cache), gated(processB.cache)];
    const first = a.f('k8');
    await a.begun(1);
    const waited = [b.f('k8'), b.f('k8'), b.f('k8')];
    await b.begun(1);
    b.gates[0]!.resolve('by a waiter');
    expect(await Promise.all(waited)).toEqual(Array(3).fill('by a waiter'));
    expect(b.count()).toBe(1);
    expect(processB.heard.sort()).toEqual(
      ['join', 'join', 'miss', 'skip:leaseHeld', 'wait', 'wait', 'wait'].sort(),
    );
    a.gates[0]!.resolve('by the holder');
    expect(await first).toBe('by the holder');
    await processA.cache.idle();
    expect(await b.f('k8')).toBe('by the holder');
  });

  test('a call can be aborted while it waits for another process', async () => {
    const [processA, processB] = [open(), open()];
    const a = gated(processA.cache);
    const f = processB.cache.memoize(async (key: string, _: AbortSignal) => key, { key: '{0}' });
    const first = a.f('k9');
    await a.begun(1);
    const controller = new AbortController();
    const waiting = f('k9', controller.signal);
    await f.peek('k9', controller.signal);
    controller.abort();
    await expect(waiting).rejects.toBe(controller.signal.reason);
    expect(processB.heard).toEqual(['abort']);
    a.gates[0]!.resolve('value');
    expect(await first).toBe('value');
  });

  test('a computation whose value is not to be stored leaves no placeholder', async () => {
    const { cache } = open();
    for (const options of [{ ttl: 0 }, { shouldCache: () => false }]) {
      const f = cache.memoize(async (key: string) => key, { key: '{0}', ...options });
      await f('k10');
      await cache.idle();
      expect(await daemon.ask('get k10')).toBe('END\r\n');
    }
  });

  test('a computation whose value cannot be stored leaves no placeholder, and emits an error event', async () => {
    const { cache, heard } = open();
    const f = cache.memoize(async (_: string) => () => 'a function', { key: '{0}' });
    expect((await f('k11'))()).toBe('a function');
    await cache.idle();
    expect(await daemon.ask('get k11')).toBe('END\r\n');
    expect(heard).toEqual(['miss', 'error:set']);
  });

  test('without leases every process computes', async () => {
    const [processA, processB] = [
      open(undefined, { lease: false }),
      open(undefined, { lease: false }),
    ];
    const [a, b] = [gated(processA.cache), gated(processB.cache)];
    const calls = [a.f('k12'), b.f('k12')];
    await Promise.all([a.begun(1), b.begun(1)]);
    for (const { gates } of [a, b]) gates[0]!.resolve('value');
    expect(await Promise.all(calls)).toEqual(['value', 'value']);
  });

  test('a function without leases reads the placeholder of another process as a miss', async () => {
    const [processA, processB] = [open(), open(undefined, { lease: false })];
    const [a, b] = [gated(processA.cache), gated(processB.cache)];
    const first = a.f('k13');
    await a.begun(1);
    b.gates[0]!.resolve('mine');
    expect(await b.f('k13')).toBe('mine');
    await processB.cache.idle();
    a.gates[0]!.resolve('fenced');
    expect(await first).toBe('fenced');
    await processA.cache.idle();
    expect(await b.f('k13')).toBe('mine');
  });

  test('a miss costs three requests, of which the caller waits for two, and a hit costs one', async () => {
    const { cache } = open();
    const f = cache.memoize(async (key: string) => key, { key: '{0}' });
    await f('warm');
    await cache.idle();
    const commands = async () => {
      const text = await daemon.ask('stats');
      const of = (name: string) => Number(new RegExp(`STAT ${name} (\\d+)`).exec(text)?.[1]);
      return { get: of('cmd_get'), set: of('cmd_set') };
    };
    const before = await commands();
    await f('k14');
    await cache.idle();
    const missed = await commands();
    expect([missed.get - before.get, missed.set - before.set]).toEqual([1, 2]); // add and set
    await f('k14');
    const hit = await commands();
    expect([hit.get - missed.get, hit.set - missed.set]).toEqual([1, 0]);
  });

  describePython('Python', () => {
    test('reads a placeholder as None, and a delete by it fences the computation', async () => {
      const { cache, heard } = open();
      const { f, gates, begun } = gated(cache);
      const call = f('k15');
      await begun(1);
      const script = `
import memcache, pymemcache
from pymemcache.serde import pickle_serde
import pylibmc
host, port = '127.0.0.1', ${daemon.port}
found = [
    memcache.Client(['%s:%d' % (host, port)]).get('k15'),
    pymemcache.Client((host, port), serde=pickle_serde).get('k15'),
    pylibmc.Client(['%s:%d' % (host, port)]).get('k15'),
]
memcache.Client(['%s:%d' % (host, port)]).delete('k15')
output = found`;
      expect(await python(script, {})).toEqual([null, null, null]);
      gates[0]!.resolve('value');
      expect(await call).toBe('value');
      await cache.idle();
      expect(heard).toEqual(['miss', 'skip:fenced']);
    });
  });
});

describeMemcached('an invalidation whose server does not answer', () => {
  let own: MemcachedDaemon;
  let proxy: FaultProxy;
  beforeEach(async () => {
    own = await MemcachedDaemon.start();
    proxy = await FaultProxy.start(own.port);
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    await proxy.stop();
    await own.stop();
  });

  test('resolves to false, serves no old value meanwhile, and is confirmed when the server is back', async () => {
    const { heard, onEvent } = transcript();
    const backend = memcached(proxy.address, { timeout: 100 });
    const cache = createCache({ backend, onEvent });
    closing.push(() => cache.close());
    let computed = 0;
    const f = cache.memoize((_: string) => `value ${(computed += 1)}`, { key: '{0}' });
    await f('k');
    await cache.idle();
    proxy.fault = { type: 'blackHole' };
    expect(await f.invalidate('k')).toBe(false);
    expect(await own.ask('get k')).toContain('value 1'); // still stored
    expect(await f('k')).toBe('value 2');
    proxy.fault = { type: 'none' };
    await until(() => heard.includes('confirm'));
    expect(await own.ask('get k')).toBe('END\r\n');
    await until(async () => {
      await f('k');
      return heard.at(-1) === 'hit';
    });
    expect(await f('k')).not.toBe('value 1');
  }, 20_000);
});
