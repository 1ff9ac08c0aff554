import { createCache, type CacheEvent } from '../../../src/index.js';
import { memcached, type Codec, type MemcachedOptions } from '../../../src/memcached.js';
import { backendContract } from '../../../src/testing/index.js';
import { describeMemcached, MemcachedDaemon } from '../../support/memcached-daemon.js';

describeMemcached('the memcached backend', () => {
  let daemon: MemcachedDaemon;
  beforeAll(async () => {
    daemon = await MemcachedDaemon.start();
  });
  afterAll(() => daemon.stop());

  backendContract('memcached()', () => memcached(daemon.address, { timeout: '5s' }), {
    describe,
    test,
  });

  const opened: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((cache) => cache.close()));
  });

  const open = (options: MemcachedOptions = {}) => {
    const events: CacheEvent[] = [];
    const cache = createCache({
      backend: memcached(daemon.address, { timeout: '5s', ...options }),
      onEvent: (event) => events.push(event),
    });
    opened.push(cache);
    return { cache, events };
  };

  test('works while all timers but nextTick are faked, and a ttl follows the fake clock', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick'] });
    try {
      const { cache } = open();
      let computed = 0;
      const f = cache.memoize(async () => (computed += 1), { name: 'faked', ttl: '1h' });
      expect([await f(), await f()]).toEqual([1, 1]);
      jest.advanceTimersByTime(3_600_000);
      expect(await f()).toBe(2);
      await cache.idle();
      expect(cache.stats()).toMatchObject({ miss: 2, hit: 1, store: 2, error: 0 });
    } finally {
      jest.useRealTimers();
    }
  });

  test('a value above the item limit is returned but not stored, and the old value is deleted', async () => {
    const { cache, events } = open();
    let size = 10;
    const f = cache.memoize(async () => 'x'.repeat(size), { name: 'large' });
    await f();
    await cache.idle();
    size = 1_048_576;
    expect((await f.refresh()).length).toBe(size);
    await cache.idle();
    expect(await f.peek()).toBeUndefined();
    const error = events.find((event) => event.type === 'error');
    expect(error).toMatchObject({ step: 'set', error: { code: 'ERR_CACHE_CODEC' } });
  });

  test('the largest value that memcached accepts is stored', async () => {
    const { cache, events } = open();
    const f = cache.memoize(async (n: number) => 'x'.repeat(n), { key: 'fit:{0}' });
    const largest = 1_048_576 - 'fit:1048576'.length - 80;
    await f(largest);
    await cache.idle();
    expect(events.map((event) => event.type)).toEqual(['miss', 'store']);
    expect((await f(largest)).length).toBe(largest);
    expect(events.at(-1)?.type).toBe('hit');
  });

  test('bytes, whose flags have no room for metadata, are not stored for less than a second', async () => {
    const { cache, events } = open();
    const f = cache.memoize(async () => Buffer.from('b'), { name: 'brief', ttl: '500ms' });
    expect(await f()).toEqual(Buffer.from('b'));
    await cache.idle();
    expect(events.map((event) => event.type)).toEqual(['miss', 'error']);
  });

  test('a value with a ttl of less than a second is fresh for its ttl and no longer', async () => {
    const { cache } = open();
    let computed = 0;
    const f = cache.memoize(async () => (computed += 1), { name: 'short', ttl: '400ms' });
    const began = performance.now();
    await f();
    const stored = performance.now();
    await f();
    if (performance.now() - began < 380) expect(computed).toBe(1);
    while (performance.now() - stored <= 410)
      await new Promise((resolve) => setTimeout(resolve, 20));
    await f();
    expect(computed).toBe(2);
  });

  test('a value that cannot be encoded without loss is returned but not stored', async () => {
    class Money {
      constructor(readonly cents: number) {}
    }
    const { cache, events } = open();
    const f = cache.memoize(async (cents: number) => ({ price: new Money(cents) }), {
      name: 'money',
    });
    expect((await f(5)).price).toBeInstanceOf(Money);
    await cache.idle();
    expect(events.at(-1)).toMatchObject({ type: 'error', step: 'set' });
    expect(String((events.at(-1) as { error: unknown }).error)).toContain('value.price');
  });

  test('an item of another program that cannot be decoded is a miss with an error event', async () => {
    const { cache, events } = open({
      codec: { encode: () => ({ bytes: Buffer.from('garbage'), flags: 1 }), decode: () => 0 },
    });
    const theirs = cache.memoize(async () => 1, { key: 'theirs' });
    await theirs();
    await cache.idle();
    const ours = open();
    const f = ours.cache.memoize(async () => 2, { key: 'theirs' });
    expect(await f()).toBe(2);
    await ours.cache.idle();
    expect(await f()).toBe(2);
    expect(ours.events.map((event) => event.type)).toEqual(['error', 'miss', 'store', 'hit']);
    expect(events).toHaveLength(2);
  });

  test('a codec of the user replaces the default codec', async () => {
    const upper: Codec = {
      encode: (value) => ({ bytes: Buffer.from(String(value).toUpperCase()), flags: 16 }),
      decode: (bytes) => Buffer.from(bytes).toString(),
    };
    const { cache } = open({ codec: upper });
    const f = cache.memoize(async (text: string) => text, { name: 'upper' });
    expect(await f('abc')).toBe('abc');
    await cache.idle();
    expect(await f('abc')).toBe('ABC');
  });

  test('a codec of the user may keep the bytes that it decodes, and may be an instance of a class', async () => {
    class Raw implements Codec {
      private readonly flags = 16;
      encode(value: unknown) {
        return { bytes: value as Uint8Array, flags: this.flags };
      }
      decode(bytes: Uint8Array, flags: number) {
        return flags === this.flags ? bytes : undefined;
      }
    }
    const { cache } = open({ codec: new Raw() });
    const f = cache.memoize(async (n: number) => Buffer.alloc(20_000, n), { name: 'raw' });
    for (let n = 0; n < 20; n += 1) await f(n);
    await cache.idle();
    const read = await Promise.all(Array.from({ length: 20 }, (_, n) => f(n)));
    for (let n = 0; n < 20; n += 1) await f(n);
    read.forEach((bytes, n) => expect(Buffer.from(bytes)).toEqual(Buffer.alloc(20_000, n)));
    expect(cache.stats()).toMatchObject({ miss: 20, hit: 40 });
  });

  test('a compressed string may be larger than the item limit, and is decoded by its flags', async () => {
    const { cache, events } = open({ compress: 1024 });
    const f = cache.memoize(async (n: number) => 'ab'.repeat(n), { name: 'compressed' });
    await f(1_000_000);
    await cache.idle();
    expect((await f(1_000_000)).length).toBe(2_000_000);
    expect(events.map((event) => event.type)).toEqual(['miss', 'store', 'hit']);
  });

  test('after close every call computes and succeeds', async () => {
    const { cache, events } = open();
    const f = cache.memoize(async (n: number) => n, { name: 'closed' });
    await f(1);
    await cache.close();
    expect(await Promise.all([f(1), f(2)])).toEqual([1, 2]);
    expect(await f.invalidate(1)).toBe(false);
    expect(events.filter((event) => event.type === 'hit')).toEqual([]);
  });
});
