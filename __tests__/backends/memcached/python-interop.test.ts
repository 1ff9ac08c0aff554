import { createCache, type BoundCache } from '../../../src/index.js';
import { memcached, type MemcachedBackend } from '../../../src/memcached.js';
import { describeMemcached, MemcachedDaemon } from '../../support/memcached-daemon.js';
import { describePython, python } from '../../support/python.js';

const CLIENTS = `
import memcache, pylibmc, pymemcache
from pymemcache.serde import pickle_serde
host, port = input['host'], input['port']
client = {
    'python-memcached': lambda: memcache.Client(['%s:%d' % (host, port)]),
    # Else what it sends last may arrive when the script has long ended.
    'pymemcache': lambda: pymemcache.Client((host, port), serde=pickle_serde, default_noreply=False),
    'pylibmc': lambda: pylibmc.Client(['%s:%d' % (host, port)]),
    'pylibmc, binary': lambda: pylibmc.Client(['%s:%d' % (host, port)], binary=True),
}[input['client']]()
`;
const NAMES = ['python-memcached', 'pymemcache', 'pylibmc', 'pylibmc, binary'];

// Cache-aside as the book lists it: get, and on a miss compute, set and return.
const SQUARE = `
computed = 0
def square(n):
    global computed
    value = client.get('sq:%d' % n)
    if value is None:
        computed += 1
        value = n * n
        client.set('sq:%d' % n, value)
    return value
`;

describeMemcached('Python programs that follow the book', () => {
  describePython('and memoized functions share one memcached', () => {
    let daemon: MemcachedDaemon;
    let cache: BoundCache<MemcachedBackend>;
    let computed: number[];
    let square: (n: number) => Promise<number>;
    beforeEach(async () => {
      daemon = await MemcachedDaemon.start();
      cache = createCache({ backend: memcached(daemon.address, { timeout: '5s' }) });
      computed = [];
      square = cache.memoize(
        (n: number) => {
          computed.push(n);
          return n * n;
        },
        { key: 'sq:{0}' },
      );
    });
    afterEach(async () => {
      await cache.close();
      await daemon.stop();
    });

    const run = (client: string, script: string, input: object = {}): unknown =>
      python(`${CLIENTS}${SQUARE}${script}`, {
        ...input,
        client,
        host: '127.0.0.1',
        port: daemon.port,
      });

    test.each(NAMES)('a memoized function hits squares that %s stored', async (client) => {
      run(client, 'output = [square(n) for n in range(10)]');
      const squares = await Promise.all(Array.from({ length: 12 }, (_, n) => square(n)));
      expect(squares).toEqual([0, 1, 4, 9, 16, 25, 36, 49, 64, 81, 100, 121]);
      expect(computed).toEqual([10, 11]);
    });

    test.each(NAMES)(
      '%s hits squares that a memoized function stored, as integers',
      async (client) => {
        for (const n of [0, 5, 12, 5000, 90_000_000]) await square(n);
        await cache.idle();
        const script = `output = [[square(n), type(square(n)).__name__] for n in input['numbers']]
output.append(computed)`;
        expect(run(client, script, { numbers: [0, 5, 12, 5000, 90_000_000] })).toEqual([
          [0, 'int'],
          [25, 'int'],
          [144, 'int'],
          [25_000_000, 'int'],
          [8_100_000_000_000_000, 'int'],
          0,
        ]);
      },
    );

    test.each(NAMES)('%s hits squares that were stored with a ttl too', async (client) => {
      const brief = cache.memoize(async (n: number) => n * n, { key: 'sq:{0}', ttl: '1h' });
      await brief(7);
      await cache.idle();
      expect(run(client, 'output = [square(7), computed]')).toEqual([49, 0]);
    });

    test.each(NAMES)(
      'a memoized function hits the string that %s stored under user:19',
      async (client) => {
        const simple = 'Simple is better than complex.';
        run(client, `output = client.set('user:19', ${JSON.stringify(simple)})`);
        const user = cache.memoize(async (id: number) => `computed ${id}`, { key: 'user:{0}' });
        expect(await user(19)).toBe(simple);
        expect(await user(20)).toBe('computed 20');
        await cache.idle();
        expect(run(client, `output = client.get('user:20')`)).toBe('computed 20');
        expect(cache.stats()).toMatchObject({ hit: 1, miss: 1, error: 0 });
      },
    );

    test.each(NAMES)(
      'a key that %s deletes is computed again, and the other way round',
      async (client) => {
        await square(3);
        await cache.idle();
        run(client, `output = client.delete('sq:3')`);
        await square(3);
        expect(computed).toEqual([3, 3]);
        const squares = cache.memoize(async (n: number) => n * n, { key: 'sq:{0}' });
        expect(await squares.invalidate(3)).toBe(true);
        expect(run(client, 'output = [square(3), computed]')).toEqual([9, 1]);
      },
    );

    test.each(NAMES)('an object that %s pickled is a miss, and is replaced', async (client) => {
      run(client, `output = client.set('sq:4', {'square': 16})`);
      expect(await square(4)).toBe(16);
      await cache.idle();
      expect(await square(4)).toBe(16);
      expect(computed).toEqual([4]);
      expect(run(client, 'output = square(4)')).toBe(16);
      expect(cache.stats()).toMatchObject({ error: 1, hit: 1, miss: 1 });
    });
  });
});
