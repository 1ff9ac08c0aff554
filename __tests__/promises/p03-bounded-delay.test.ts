import type { Socket } from 'node:net';
import { createCache, lru, memoize } from '../../src/index.js';
import { memcached, type ServerEvent } from '../../src/memcached.js';
import { FakeServer, replyBytes } from '../support/fake-server.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { describeMemcached, freePort, MemcachedDaemon } from '../support/memcached-daemon.js';
import { remoteBackend } from '../support/remote-backend.js';
import { deferred } from '../support/transcript.js';
import { outcomes, until } from '../support/until.js';
import { Cleanup, TIMEOUT, WatchedCalls } from '../support/watched-calls.js';

const textOf = (n: number): string => `the value of ${n}`;

const cleanup = new Cleanup();

function watch(address: string) {
  const server: ServerEvent[] = [];
  const cache = createCache({
    backend: memcached(address, { timeout: TIMEOUT, onEvent: (event) => server.push(event) }),
  });
  const f = cache.memoize(async (n: number) => textOf(n), { key: 'bounded:{0}' });
  cleanup.defer(() => cache.close());
  return { cache, server, f, calls: new WatchedCalls(cache, f, textOf) };
}

/** A call per 50 milliseconds, none of which waits for another. */
async function load(calls: WatchedCalls, count: number): Promise<void> {
  const all: Promise<void>[] = [];
  for (let n = 0; n < count; n += 1) {
    all.push(calls.make(n % 5));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const settled = await outcomes(all);
  expect(settled.filter((outcome) => outcome === 'pending')).toEqual([]);
}

describeMemcached('P3: no call waits longer than the deadline and its computation', () => {
  let daemon: MemcachedDaemon;
  let proxy: FaultProxy;
  beforeAll(async () => {
    daemon = await MemcachedDaemon.start();
    proxy = await FaultProxy.start(daemon.port);
  });
  afterEach(async () => {
    daemon.thaw();
    proxy.fault = { type: 'none' };
    proxy.release();
    await cleanup.run();
  });
  afterAll(async () => {
    await proxy.stop();
    await daemon.stop();
  });

  test.each(['before the first call', 'after calls that hit'])(
    'when a server freezes %s',
    async (when) => {
      const { calls, cache } = watch(daemon.address);
      if (when.startsWith('after')) await calls.hitAgain(1);
      daemon.freeze();
      for (let call = 0; call < 6; call += 1) await calls.make(1);
      await cache.idle();
      daemon.thaw();
      await calls.hitAgain(1);
      expect(calls.wrong).toEqual([]);
      expect(calls.overrun).toBe(0);
    },
  );

  test('when a server freezes under a call per 50 ms, until it thaws and hits return', async () => {
    const { calls, cache } = watch(daemon.address);
    await calls.hitAgain(1);
    daemon.freeze();
    await load(calls, 16);
    daemon.thaw();
    await cache.idle();
    await calls.hitAgain(1);
    expect(calls.wrong).toEqual([]);
    expect(calls.overrun).toBe(0);
  });

  test('when packets are dropped under a call per 50 ms, until the proxy heals and hits return', async () => {
    const { calls, cache, server } = watch(proxy.address);
    await calls.hitAgain(1);
    proxy.fault = { type: 'blackHole' };
    await load(calls, 16);
    await cache.idle();
    proxy.fault = { type: 'none' };
    await calls.hitAgain(1);
    expect(server.map(({ type }) => type)).toEqual(['open', 'close']);
    expect(calls.wrong).toEqual([]);
    expect(calls.overrun).toBe(0);
  });

  test.each([0, 1, 23, 24, 28, 30])(
    'when a reply stalls at byte %p, with other traffic or without',
    async (at) => {
      const { calls, cache } = watch(proxy.address);
      await calls.hitAgain(1);
      proxy.fault = { type: 'stall', at };
      await Promise.all([1, 1, 2, 3].map((n) => calls.make(n)));
      await cache.idle();
      proxy.fault = { type: 'none' };
      proxy.release();
      await calls.hitAgain(1);
      expect(calls.wrong).toEqual([]);
      expect(calls.overrun).toBe(0);
    },
  );

  test('when replies arrive after the deadline', async () => {
    const { calls, cache } = watch(proxy.address);
    await calls.hitAgain(1);
    proxy.fault = { type: 'delay', ms: 3 * TIMEOUT };
    await load(calls, 8);
    await cache.idle();
    proxy.fault = { type: 'none' };
    await calls.hitAgain(1);
    expect(calls.wrong).toEqual([]);
    expect(calls.overrun).toBe(0);
  });

  test('when a reply arrives byte by byte for longer than the deadline', async () => {
    const timers = new Set<NodeJS.Timeout>();
    const fake = await FakeServer.start(({ opcode, opaque }, socket) => {
      drip(socket, replyBytes({ opcode, opaque, flags: 16, value: textOf(1) }), timers);
    });
    cleanup.defer(async () => {
      timers.forEach(clearInterval);
      await fake.stop();
    });
    const { calls, cache } = watch(fake.address);
    await load(calls, 8);
    await cache.idle();
    expect(cache.stats().hit).toBe(0);
    expect(calls.wrong).toEqual([]);
    expect(calls.overrun).toBe(0);
  });

  test('with many concurrent calls, of one key and of many, while the server is silent', async () => {
    const { calls, cache } = watch(proxy.address);
    proxy.fault = { type: 'blackHole' };
    await Promise.all(Array.from({ length: 400 }, (_, n) => calls.make(n % 200)));
    await cache.idle();
    expect(calls.wrong).toEqual([]);
    expect(calls.overrun).toBe(0);
  });

  test('more concurrent calls than may be pending all return', async () => {
    const { cache, f } = watch(daemon.address);
    const values = await Promise.all(Array.from({ length: 10_500 }, (_, n) => f(n)));
    expect(values.findIndex((value, n) => value !== textOf(n))).toBe(-1);
    await cache.idle();
  }, 30_000);

  test('after a few failures the cache costs nothing, until one probe succeeds', async () => {
    const { calls, cache, server } = watch(proxy.address);
    proxy.fault = { type: 'blackHole' };
    await until(async () => {
      await calls.make(1);
      return server.length > 0;
    });
    expect(calls.durations.length).toBeLessThan(10);
    await cache.idle();
    const failed = calls.durations.length;
    for (let call = 0; call < 500; call += 1) await calls.make(call);
    const waited = calls.durations.slice(failed).filter((ms) => ms > TIMEOUT / 2);
    expect(waited.length).toBeLessThan(50);
    expect(proxy.accepted).toBeLessThan(60 + failed);
    proxy.fault = { type: 'none' };
    await calls.hitAgain(1);
    expect(server.map(({ type }) => type)).toEqual(['open', 'close']);
    expect(calls.overrun).toBe(0);
  });

  test('each control settles within the deadline of its operations', async () => {
    const { cache, f } = watch(proxy.address);
    await f.prime([1], Promise.resolve('primed'));
    proxy.fault = { type: 'blackHole' };
    const answers = await outcomes<unknown>([
      f.invalidate(1),
      f.prime([2], Promise.resolve('x')),
      f.peek(1),
    ]);
    expect(answers).toEqual([{ value: false }, { value: false }, { value: undefined }]);
    await cache.idle();
  });

  test('close leaves no call waiting, whatever the server does', async () => {
    const { calls, cache, f } = watch(proxy.address);
    await calls.hitAgain(1);
    proxy.fault = { type: 'blackHole' };
    const during = [f(1), f(2), f(3)];
    await cache.close();
    const after = [f(1), f(4)];
    expect(await outcomes([...during, ...after])).toEqual(
      [1, 2, 3, 1, 4].map((n) => ({ value: textOf(n) })),
    );
  });

  test('an absent server hardly delays calls', async () => {
    const { calls, cache } = watch(`127.0.0.1:${await freePort()}`);
    for (let n = 0; n < 300; n += 1) await calls.make(n);
    await cache.idle();
    expect(calls.durations.filter((ms) => ms > TIMEOUT).length).toBeLessThan(5);
  });
});

function drip(socket: Socket, bytes: Buffer, timers: Set<NodeJS.Timeout>): void {
  let at = 0;
  const timer = setInterval(() => {
    if (at < bytes.length && !socket.destroyed) socket.write(bytes.subarray(at, (at += 1)));
    else clearInterval(timer);
  }, 15);
  timers.add(timer);
  socket.once('close', () => clearInterval(timer));
}

describe('P3: on a custom backend that never settles', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  const never = (): Promise<never> => new Promise(() => undefined);

  test('a call waits one second for its look-up and then computes', async () => {
    const f = memoize(async (n: number) => n, {
      backend: remoteBackend({ get: never }),
      name: 'f',
    });
    let answer: number | undefined;
    void f(1).then((value) => (answer = value));
    await jest.advanceTimersByTimeAsync(999);
    expect(answer).toBeUndefined();
    await jest.advanceTimersByTimeAsync(1);
    expect(answer).toBe(1);
  });

  test('a call does not wait for the store of its value', async () => {
    const cache = createCache({ backend: remoteBackend({ set: never }) });
    const f = cache.memoize(async (n: number) => n, { name: 'f' });
    expect(await f(1)).toBe(1);
    const idle = jest.fn();
    void cache.idle().then(idle);
    await jest.advanceTimersByTimeAsync(999);
    expect(idle).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1);
    expect(idle).toHaveBeenCalled();
  });

  test('invalidate resolves to false after one second', async () => {
    const f = memoize(async (n: number) => n, {
      backend: remoteBackend({ delete: never }),
      name: 'f',
    });
    const answer = f.invalidate(1);
    await jest.advanceTimersByTimeAsync(1000);
    expect(await answer).toBe(false);
  });

  test('close waits one second for the backend and one for computations', async () => {
    const cache = createCache({ backend: remoteBackend({ close: never }) });
    const gate = deferred<number>();
    void cache.memoize((_: number) => gate.promise, { name: 'f' })(1);
    const closed = jest.fn();
    void cache.close().then(closed);
    await jest.advanceTimersByTimeAsync(1999);
    expect(closed).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1);
    expect(closed).toHaveBeenCalled();
  });

  test('a backend in process needs no timers', () => {
    const f = memoize((n: number) => n, { backend: lru() });
    expect([f(1), f(1)]).toEqual([1, 1]);
    expect(jest.getTimerCount()).toBe(0);
  });
});
