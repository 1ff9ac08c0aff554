import { parseServers } from '../../../src/backends/memcached/connection/address.js';
import { distribute } from '../../../src/backends/memcached/distribution/distribution.js';
import { fitKey } from '../../../src/backends/memcached/fit-key.js';
import { createCache } from '../../../src/index.js';
import { memcached, type MemcachedOptions, type ServerEvent } from '../../../src/memcached.js';
import { describeMemcached, MemcachedDaemon } from '../../support/memcached-daemon.js';
import { describePython, python } from '../../support/python.js';
import { until } from '../../support/until.js';
import { WatchedCalls } from '../../support/watched-calls.js';

/** Milliseconds: long enough that only the server that is down exceeds it, even on a machine under load. */
const TIMEOUT = 500;
const COUNT = 1_200;
const numbers = Array.from({ length: COUNT }, (_, n) => n);
const squares = numbers.map((n) => n * n);

describeMemcached('four servers', () => {
  let daemons: MemcachedDaemon[];
  let addresses: string[];
  beforeAll(async () => {
    daemons = await MemcachedDaemon.startSeveral(4);
    addresses = daemons.map(({ address }) => address);
  });
  const opened: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    daemons.forEach((daemon) => daemon.thaw());
    await Promise.all(opened.splice(0).map((cache) => cache.close()));
  });
  afterAll(() => Promise.all(daemons.map((daemon) => daemon.stop())));

  /** Memoizes a function that squares, under keys that begin with `prefix`. */
  function square(
    prefix: string,
    servers: string | readonly string[] | undefined,
    options?: MemcachedOptions,
  ) {
    const cache = createCache({ backend: memcached(servers, { timeout: '5s', ...options }) });
    opened.push(cache);
    return { cache, f: cache.memoize(async (n: number) => n * n, { key: `${prefix}:{0}` }) };
  }

  const items = async (): Promise<number[]> => {
    const stats = await Promise.all(daemons.map((daemon) => daemon.ask('stats')));
    return stats.map((text) => Number(/STAT curr_items (\d+)/.exec(text)?.[1]));
  };

  test.each(['ketama', 'rendezvous', 'python-memcached'] as const)(
    'share the keys: %s',
    async (distribution) => {
      const { cache, f } = square(`share ${distribution}`, addresses, { distribution });
      const before = await items();
      await Promise.all(numbers.map(f));
      await cache.idle();
      const index = distribute(parseServers(addresses, {}), distribution);
      // The keys have a space, so they are fitted: the fitted key chooses the server.
      const expected = addresses.map(() => 0);
      for (const n of numbers) expected[index(fitKey(`share ${distribution}:${n}`))]! += 1;
      const gained = (await items()).map((count, server) => count - before[server]!);
      expect(gained).toEqual(expected);
      expect(Math.min(...gained)).toBeGreaterThan(0);
    },
  );

  test('are found in MEMCACHE_SERVERS', async () => {
    const written = square('environment', addresses);
    await Promise.all(numbers.map(written.f));
    await written.cache.idle();
    const former = process.env.MEMCACHE_SERVERS;
    process.env.MEMCACHE_SERVERS = addresses.join(' , ');
    const { cache, f } = square('environment', undefined);
    if (former === undefined) delete process.env.MEMCACHE_SERVERS;
    else process.env.MEMCACHE_SERVERS = former;
    expect(await Promise.all(numbers.map(f))).toEqual(squares);
    expect(cache.stats()).toMatchObject({ hit: COUNT, miss: 0 });
  });

  describePython('and Python', () => {
    const CLIENTS = `
import memcache, pylibmc
from pymemcache.client.hash import HashClient
from pymemcache.serde import pickle_serde
servers, weights = input['servers'], input['weights']
clients = {
    'python-memcached': lambda: memcache.Client(list(zip(servers, weights))),
    'pymemcache': lambda: HashClient(servers, serde=pickle_serde),
    'pylibmc': lambda: pylibmc.Client(
        ['%s:%d' % each for each in zip(servers, weights)], behaviors={'ketama_weighted': True}),
}
client = clients[input['client']]()
keys = ['%s:%d' % (input['prefix'], n) for n in range(input['count'])]
`;
    const STORE = `${CLIENTS}
output = [client.set(key, n * n) for n, key in enumerate(keys)].count(True)
`;
    const READ = `${CLIENTS}
output = [client.get(key) for key in keys]
`;

    const pairs = [
      ['ketama', 'pylibmc', [1, 1, 1, 1]],
      ['ketama', 'pylibmc', [1, 4, 2, 9]],
      ['python-memcached', 'python-memcached', [1, 1, 1, 1]],
      ['python-memcached', 'python-memcached', [1, 4, 2, 9]],
      ['rendezvous', 'pymemcache', [1, 1, 1, 1]],
    ] as const;

    test.each(pairs)(
      'find the values that the other has stored: %s and %s, weights %j',
      async (distribution, client, weights) => {
        const prefix = `${client}:${weights.join('')}`;
        const servers = addresses.map((address, index) => `${address}:${weights[index]}`);
        const input = { servers: addresses, weights, client, count: COUNT };

        expect(python(STORE, { ...input, prefix: `${prefix}:theirs` })).toBe(COUNT);
        const theirs = square(`${prefix}:theirs`, servers, { distribution });
        expect(await Promise.all(numbers.map(theirs.f))).toEqual(squares);
        expect(theirs.cache.stats()).toMatchObject({ hit: COUNT, miss: 0 });

        const ours = square(`${prefix}:ours`, servers, { distribution });
        await Promise.all(numbers.map(ours.f));
        await ours.cache.idle();
        expect(python(READ, { ...input, prefix: `${prefix}:ours` })).toEqual(squares);
      },
    );
  });
});

describeMemcached('one of four servers', () => {
  let daemons: MemcachedDaemon[];
  beforeEach(async () => (daemons = await MemcachedDaemon.startSeveral(4)));
  afterEach(async () => {
    daemons.forEach((daemon) => daemon.thaw());
    await Promise.all(daemons.map((daemon) => daemon.stop()));
  });

  /** Stores 100 values of a watched function, and splits their arguments by server: the last, or another. */
  async function stored() {
    const events: ServerEvent[] = [];
    const addresses = daemons.map(({ address }) => address);
    const onEvent = (event: ServerEvent): unknown => events.push(event);
    const cache = createCache({ backend: memcached(addresses, { timeout: TIMEOUT, onEvent }) });
    const f = cache.memoize(async (n: number) => `text ${n}`, { key: 'one:{0}' });
    const calls = new WatchedCalls(cache, f, (n) => `text ${n}`);
    const all = numbers.slice(0, 100);
    for (const n of all) await calls.hitAgain(n);
    const index = distribute(parseServers(addresses, {}));
    const isOnLast = (n: number): boolean => index(`one:${n}`) === 3;
    const onLast = all.filter(isOnLast);
    const onOthers = all.filter((n) => !isOnLast(n));
    return { cache, calls, events, onLast, onOthers };
  }
  type Stored = Awaited<ReturnType<typeof stored>>;

  /** Calls for all keys at once, and expects misses for those of the last server and hits for the others. */
  async function callAll({ cache, calls, onLast, onOthers }: Stored): Promise<void> {
    const before = cache.stats();
    await Promise.all([...onLast, ...onOthers].map((n) => calls.make(n)));
    const after = cache.stats();
    expect(after.hit - before.hit).toBe(onOthers.length);
    expect(after.miss - before.miss).toBe(onLast.length);
    await cache.idle();
  }

  test.each(['killed', 'frozen'])(
    'that is %s affects calls for its own keys only, and no longer than it is down',
    async (fate) => {
      const fleet = await stored();
      const { calls, events, onLast } = fleet;
      const [last] = daemons.slice(-1) as [MemcachedDaemon];
      expect(onLast.length).toBeGreaterThan(5);

      if (fate === 'killed') await last.kill();
      else last.freeze();
      await until(async () => {
        await Promise.all(onLast.map((n) => calls.make(n)));
        return events.length > 0;
      });
      for (let round = 0; round < 3; round += 1) await callAll(fleet);
      const [opened, ...others] = events;
      expect([opened?.type, opened?.server, others]).toEqual(['open', last.address, []]);

      if (fate === 'killed') await last.restart();
      else last.thaw();
      for (const n of onLast) await calls.hitAgain(n);
      await until(() => events.length === 2);
      expect(events[1]).toEqual({ type: 'close', server: last.address });
      expect(calls.wrong).toEqual([]);
      expect(Math.max(...calls.durations)).toBeLessThan(TIMEOUT + 1_000);
      await fleet.cache.close();
    },
    30_000,
  );
});
