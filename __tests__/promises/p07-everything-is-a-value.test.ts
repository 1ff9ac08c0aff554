import { describeEvery } from '../support/every-backend.js';
import { flush } from '../support/until.js';

const VALUES = [undefined, null, 0, -0, '', false, NaN, 0n] as const;

describeEvery('P7: everything is a value', (place) => {
  test.each(VALUES)('%p is stored and hit', async (value) => {
    const { cache, heard } = place.open();
    const f = cache.memoize(async () => value, { name: 'value' });
    expect(await f()).toBe(value);
    await cache.idle();
    expect(await f()).toBe(value);
    expect(heard).toEqual(['miss', 'store', 'hit']);
  });

  test.each(VALUES)('%p of a synchronous function is stored and hit', async (value) => {
    const { cache, heard } = place.open();
    const f = cache.memoize(() => value, { name: 'value' });
    expect(await f()).toBe(value);
    await cache.idle();
    expect(await f()).toBe(value);
    expect(heard).toEqual(['miss', 'store', 'hit']);
  });

  test.each(VALUES)('%p is shared by joined calls', async (value) => {
    const { cache } = place.open();
    let computed = 0;
    const f = cache.memoize(
      async () => {
        computed += 1;
        await flush();
        return value;
      },
      { name: 'value' },
    );
    expect(await Promise.all([f(), f(), f()])).toEqual([value, value, value]);
    expect(computed).toBe(1);
  });

  test.each(VALUES)('%p is returned by peek, distinct from a missing entry', async (value) => {
    const { cache } = place.open();
    const f = cache.memoize(async () => value, { name: 'value' });
    expect(await f.peek()).toBeUndefined();
    await f();
    await cache.idle();
    const peeked = await f.peek();
    expect(peeked).toEqual({ value, freshUntil: Infinity });
    expect(peeked?.value).toBe(value);
  });

  test.each(VALUES)(
    '%p can be primed and refreshed, and is passed to ttl and shouldCache',
    async (value) => {
      const { cache } = place.open();
      const told: unknown[] = [];
      const f = cache.memoize(async (_: number) => value, {
        name: 'value',
        ttl: (each) => (told.push(each), '1h'),
        shouldCache: (each) => told.push(each) > 0,
      });
      expect(await f.prime([1], Promise.resolve(value))).toBe(true);
      expect(await f(1)).toBe(value);
      expect(await f.refresh(1)).toBe(value);
      await cache.idle();
      expect(await f(1)).toBe(value);
      expect(told).toEqual([value, value, value, value]);
      expect(cache.stats()).toMatchObject({ hit: 2, miss: 0 });
    },
  );

  test('each value is stored under its own key', async () => {
    const { cache } = place.open();
    const f = cache.memoize(async (n: number) => VALUES[n], { name: 'value' });
    for (let round = 0; round < 2; round += 1) {
      for (const [n, value] of VALUES.entries()) expect(await f(n)).toBe(value);
      await cache.idle();
    }
    expect(cache.stats()).toMatchObject({ hit: VALUES.length, miss: VALUES.length });
  });
});
