import {
  createCache,
  lru,
  tiered,
  type AsyncBackend,
  type Backend,
  type CacheEvent,
} from '../../src/index.js';
import { memcached } from '../../src/memcached.js';
import { FakeServer, replyBytes } from '../support/fake-server.js';
import { FaultProxy } from '../support/fault-proxy.js';
import {
  describeMemcached,
  freePort,
  MemcachedDaemon,
  type DaemonOptions,
} from '../support/memcached-daemon.js';
import { runScript } from '../support/script.js';
import { Cleanup, TIMEOUT, WatchedCalls } from '../support/watched-calls.js';
import { flush } from '../support/until.js';
import { remoteBackend } from '../support/remote-backend.js';

const textOf = (n: number): string => `the value of ${n}`;

const cleanup = new Cleanup();

type Place = (address: string) => AsyncBackend;
const alone: Place = (address) => memcached(address, { timeout: TIMEOUT });
const behindTier: Place = (address) => tiered(lru(), alone(address), { ttl: 1 });

/** Calls of a function on the memcached at an address. */
function watchOn(place: Place, address: string, right: (n: number) => string = textOf) {
  const events: CacheEvent[] = [];
  const cache = createCache({
    backend: place(address),
    onEvent: (event) => events.push(event),
  });
  const f = cache.memoize(async (n: number) => right(n), { key: `f${right.name}:{0}` });
  cleanup.defer(() => cache.close());
  return { cache, events, f, calls: new WatchedCalls(cache, f, right) };
}

/** A memcached for one test. */
async function start(options?: DaemonOptions): Promise<MemcachedDaemon> {
  const daemon = await MemcachedDaemon.start(options);
  cleanup.defer(() => daemon.stop());
  return daemon;
}

function suite(place: Place): void {
  const watch = (address: string, right?: (n: number) => string) => watchOn(place, address, right);
  let daemon: MemcachedDaemon;
  let proxy: FaultProxy;
  beforeAll(async () => {
    daemon = await MemcachedDaemon.start();
    proxy = await FaultProxy.start(daemon.port);
  });
  afterEach(async () => {
    proxy.fault = { type: 'none' };
    await cleanup.run();
  });
  afterAll(async () => {
    await proxy.stop();
    await daemon.stop();
  });

  test('connection refused: calls compute, and hit once a server listens', async () => {
    const gone = await start();
    await gone.kill();
    const { calls, events, cache } = watch(gone.address);
    await Promise.all([1, 2, 3, 1].map((n) => calls.make(n)));
    await cache.idle();
    expect(events.some((event) => event.type === 'error' && event.step === 'get')).toBe(true);
    await gone.restart();
    await calls.hitAgain(1);
    expect(calls.wrong).toEqual([]);
    expect(calls.overrun).toBe(0);
  });

  test('killed amid large replies and restarted on the same port: values are right before, meanwhile and after', async () => {
    const victim = await start();
    const largeOf = (n: number): string => `${n}`.padEnd(900_000, `<${n}>`);
    const { calls, cache } = watch(victim.address, largeOf);
    const keys = Array.from({ length: 8 }, (_, n) => n);
    for (let round = 0; round < 3; round += 1) {
      for (const n of keys) await calls.make(n);
      await cache.idle();
      const { hit } = cache.stats();
      await calls.hitAgain(0);
      expect(cache.stats().hit).toBeGreaterThan(hit);
      const meanwhile = keys.map((n) => calls.make(n));
      await flush();
      await victim.kill();
      await Promise.all(meanwhile);
      await victim.restart();
      await calls.hitAgain(1);
    }
    expect(calls.wrong.length).toBe(0);
    expect(calls.overrun).toBe(0);
  });

  test.each(['FIN', 'RST'] as const)(
    'cut by %s at every byte of its reply: the value is right, and hits return afterwards',
    async (by) => {
      const { calls, cache, f } = watch(proxy.address);
      await calls.hitAgain(5);
      const length = 24 + 4 + textOf(5).length;
      for (let at = 0; at <= length; at += 1) {
        proxy.fault = { type: 'cut', at, by };
        await calls.make(5);
        await cache.idle();
        proxy.fault = { type: 'none' };
        await calls.hitAgain(5);
      }
      expect(await f(5)).toBe(textOf(5));
      expect(calls.wrong).toEqual([]);
      expect(calls.overrun).toBe(0);
    },
  );

  test.each(['FIN', 'RST'] as const)(
    'cut by %s amid the replies to many calls: each call gets its own value',
    async (by) => {
      const { calls, cache } = watch(proxy.address);
      const keys = Array.from({ length: 40 }, (_, n) => n);
      for (const at of [1, 23, 100, 500, 1500]) {
        await Promise.all(keys.map((n) => calls.make(n)));
        await cache.idle();
        proxy.fault = { type: 'cut', at, by };
        await Promise.all(keys.map((n) => calls.make(n)));
        proxy.fault = { type: 'none' };
        await calls.hitAgain(0);
      }
      expect(calls.wrong).toEqual([]);
      expect(calls.overrun).toBe(0);
    },
  );

  test.each([
    ['bytes of another protocol', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['zeros', Buffer.alloc(200)],
    ['a reply without an end', replyBytes({ bodyLength: 0xffff_ffff })],
    ['a reply to another request', replyBytes({ opaque: 77, flags: 16, value: 'not yours' })],
    ['a request', replyBytes({ magic: 0x80 })],
    ['a value shorter than its extras', replyBytes({ extrasLength: 200, bodyLength: 4 })],
  ])('garbage, namely %s: the value is right, and hits return afterwards', async (_, bytes) => {
    const { calls, cache } = watch(proxy.address);
    await calls.hitAgain(6);
    // Up to the opaque number that identifies a reply: the bytes after it belong to the value.
    for (const at of [0, 1, 4, 10]) {
      proxy.fault = { type: 'garbage', at, bytes };
      await Promise.all([calls.make(6), calls.make(7)]);
      await cache.idle();
      proxy.fault = { type: 'none' };
      proxy.sever('RST');
      await calls.hitAgain(6);
    }
    expect(calls.wrong).toEqual([]);
    expect(calls.overrun).toBe(0);
  });

  test.each([0x05, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x1234])(
    'status %p for everything: the value is right, and each call emits an event',
    async (status) => {
      const fake = await FakeServer.start(({ opcode, opaque }, socket) => {
        socket.write(replyBytes({ opcode, opaque, status, extrasLength: 0, bodyLength: 4 }));
      });
      cleanup.defer(() => fake.stop());
      const { calls, cache } = watch(fake.address);
      for (const n of [1, 2, 3]) await calls.make(n);
      await cache.idle();
      expect(cache.stats()).toMatchObject({ miss: 3, hit: 0, store: 0 });
      expect(cache.stats().error).toBeGreaterThanOrEqual(3);
      expect(calls.wrong).toEqual([]);
    },
  );

  test('full: a value that does not fit emits an event, and calls go on', async () => {
    const full = await start({ args: ['-m', '2', '-M'] });
    const wideOf = (n: number): string => `${n}`.padEnd(100_000, '.');
    const { calls, events, cache } = watch(full.address, wideOf);
    for (let n = 0; n < 60; n += 1) await calls.make(n);
    await cache.idle();
    expect(events.some((event) => event.type === 'error' && event.step === 'set')).toBe(true);
    await calls.hitAgain(0);
    expect(calls.wrong.length).toBe(0);
  });

  test('an item larger than maxItem is a miss, and other keys still hit', async () => {
    const roomy = await start({ args: ['-I', '4m'] });
    const wide = memcached(roomy.address, { timeout: '5s', maxItem: 4 * 1_048_576 });
    const theirs = createCache({ backend: wide });
    await theirs.memoize(async (_: number) => 'x'.repeat(3_000_000), { key: 'ftextOf:{0}' })(1);
    await theirs.close();
    expect(theirs.stats().store).toBe(1);
    const { calls, cache } = watch(roomy.address);
    await calls.hitAgain(2);
    const { hit } = cache.stats();
    for (let round = 0; round < 5; round += 1) {
      await calls.make(1);
      await cache.idle();
      await calls.make(2);
    }
    expect(calls.wrong).toEqual([]);
    expect(cache.stats().hit - hit).toBeGreaterThanOrEqual(5);
    expect(calls.overrun).toBe(0);
  });

  test('flushed and restarted under steady calls: no call fails', async () => {
    const shaky = await start();
    const { calls } = watch(shaky.address);
    let steady = true;
    const callers = [0, 1, 2, 3].map(async (n) => {
      while (steady) {
        await calls.make(n);
        await flush();
      }
    });
    for (let round = 0; round < 3; round += 1) {
      await shaky.restart();
      await calls.hitAgain(9);
    }
    steady = false;
    await Promise.all(callers);
    expect(calls.wrong).toEqual([]);
    expect(calls.overrun).toBe(0);
  });

  test('gone: controls settle too, with false for an unconfirmed operation', async () => {
    const { cache, f } = watch(`127.0.0.1:${await freePort()}`);
    expect(await f.invalidate(1)).toBe(false);
    expect(await f.prime([1], Promise.resolve('primed'))).toBe(false);
    expect(await f.refresh(1)).toBe(textOf(1));
    expect(await f.peek(1)).toBeUndefined();
    await cache.idle();
  });

  test('gone: a decorated method still returns, with its object', async () => {
    const cache = createCache({
      backend: memcached(`127.0.0.1:${await freePort()}`, { timeout: TIMEOUT }),
    });
    class Users {
      prefix = 'u';
      @cache.cached({ key: 'users:{0}' }) async find(id: number): Promise<string> {
        return `${this.prefix}${id}`;
      }
    }
    const users = new Users();
    expect(await Promise.all([users.find(1), users.find(1), users.find(2)])).toEqual([
      'u1',
      'u1',
      'u2',
    ]);
    await cache.close();
  });

  test('gone, hanging and back: a process has no unhandled rejection', async () => {
    const { code, stdout, stderr } = await runScript(
      `
      import { createCache } from './src/index.ts';
      import { memcached } from './src/memcached.ts';
      for (const server of process.env.SERVERS.split(' ')) {
        const cache = createCache({ backend: memcached(server, { timeout: 50 }), warnings: false });
        const f = cache.memoize(async (n) => n * n, { key: 'unhandled:{0}', ttl: '1h' });
        const values = [];
        for (let n = 0; n < 30; n += 1) values.push(await f(n % 3));
        void f.invalidate(1);
        void f.refresh(2);
        await cache.idle();
        console.log(values.slice(0, 3).join());
      }
      `,
      { SERVERS: `127.0.0.1:${await freePort()} ${daemon.address}` },
    );
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '0,1,4\n0,1,4\n', stderr: '' });
  }, 30_000);
}

describeMemcached('P2: every call returns while memcached is faulty', () => {
  suite(alone);
});
describeMemcached('P2: every call returns while memcached behind a tier is faulty', () => {
  suite(behindTier);
});

describe('P2: every call returns while a custom backend is faulty', () => {
  const failure = new Error('out of order');
  const ways: Record<string, () => never> = {
    throws: () => {
      throw failure;
    },
    rejects: () => Promise.reject(failure) as never,
    'rejects with nothing': () => Promise.reject(undefined) as never,
    'answers garbage': () => 'garbage' as never,
    'answers an entry without a time': () => ({ value: 'wrong' }) as never,
    'answers null': () => null as never,
  };
  const steps = ['get', 'set', 'delete'] as const;
  const cases = steps.flatMap((step) => Object.keys(ways).map((way) => [step, way] as const));

  test.each(cases)('when its %s %s', async (step, way) => {
    const { heard, cache, f } = on(remoteBackend({ [step]: ways[way] }));
    expect([await f(1), await f(1), await f.refresh(1)]).toEqual([2, 2, 2]);
    expect(typeof (await f.invalidate(1))).toBe('boolean');
    expect(await f(1)).toBe(2);
    await cache.idle();
    const failing = way.startsWith('throws') || way.startsWith('rejects');
    if (failing) expect(heard).toContain(step);
  });

  test.each([
    ['says that it is down', () => true],
    ['throws when asked whether it is down', ways['throws']!],
  ])('when it %s', async (_, refuses) => {
    const { cache, f } = on(remoteBackend({ isDown: refuses }));
    expect([await f(1), await f(1), await f.refresh(1)]).toEqual([2, 2, 2]);
    await cache.idle();
  });

  test.each(steps)('when its %s fails once, the key works normally afterwards', async (step) => {
    const backend = remoteBackend();
    let left = 1;
    const once = (...args: [never, never]) =>
      left-- > 0 ? Promise.reject(failure) : Reflect.apply(backend[step], backend, args);
    const { cache, f } = on({ ...backend, [step]: once });
    expect(await Promise.all([f(1), f(1), f(1)])).toEqual([2, 2, 2]);
    await f.invalidate(1);
    for (let call = 0; call < 3; call += 1) {
      expect(await f(1)).toBe(2);
      await cache.idle();
    }
    expect(cache.stats().hit).toBeGreaterThan(0);
  });

  test('when get and delete both fail', async () => {
    const { f } = on(remoteBackend({ get: ways['rejects']!, delete: ways['rejects']! }));
    expect([await f(1), await f.invalidate(1), await f(1)]).toEqual([2, false, 2]);
  });

  test('when its close fails, close() of the cache still resolves', async () => {
    const { cache, heard } = on(remoteBackend({ close: ways['rejects']! }));
    await cache.close();
    expect(heard).toEqual(['close']);
  });

  test.each(steps)(
    'when the %s of a synchronous backend throws, calls stay synchronous',
    (step) => {
      const cache = createCache({ backend: { ...lru(), [step]: ways['throws'] } });
      const f = cache.memoize((n: number) => n * 2);
      expect([f(1), f(1), f.refresh(1)]).toEqual([2, 2, 2]);
      expect(f.invalidate(1)).toBe(step !== 'delete');
    },
  );

  test('an event carries the original error', async () => {
    const events: CacheEvent[] = [];
    const cache = createCache({
      backend: remoteBackend({ get: ways['rejects']! }),
      onEvent: (event) => events.push(event),
    });
    await cache.memoize(async (n: number) => n, { name: 'told' })(1);
    expect(events[0]).toEqual({
      name: 'told',
      key: 'told(1)',
      type: 'error',
      step: 'get',
      error: failure,
    });
  });

  function on(backend: Backend) {
    const heard: string[] = [];
    const onEvent = (event: CacheEvent) => event.type === 'error' && heard.push(event.step);
    const cache = createCache({ backend, onEvent });
    return { heard, cache, f: cache.memoize(async (n: number) => n * 2, { name: 'double' }) };
  }
});
