import { setTimeout as sleep } from 'node:timers/promises';
import { createCache, type Backend, type BoundCache } from '../../src/index.js';
import { memcached, type ServerEvent } from '../../src/memcached.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { heapInUse, openSockets } from '../support/heap.js';
import { describeMemcached, MemcachedDaemon } from '../support/memcached-daemon.js';
import { TIMEOUT } from '../support/open-client.js';
import { randomFrom } from '../support/random.js';
import { until } from '../support/until.js';

const SECONDS = Number(process.env['CHAOS_SECONDS'] ?? 8);
const SERVERS = 3;
const PROCESSES = 4;
const WORKERS = 16;
const SHARED_KEYS = 40;
const SIZES = [0, 10, 1_000, 5_000, 40_000, 200_000];
/** Longest time of a call on a machine under load; a call that never settles takes longer. */
const LONGEST = 5_000;

/** Set `CHAOS_SEED` to a printed seed to repeat its faults. */
const SEED = Number(process.env.CHAOS_SEED ?? Date.now() % 1_000_000);

/** The only right string for a key at a version. */
function textOf(key: string, version: number): string {
  const pattern = `${key}#${version}#`;
  const size = SIZES[(key.length * 7 + version) % SIZES.length]!;
  return pattern.padEnd(Math.max(size, pattern.length), pattern);
}

interface Tally {
  right: number;
  readonly wrong: string[];
  readonly rejected: unknown[];
  readonly unsettled: string[];
}

/** Awaits a call for `LONGEST` milliseconds, and adds its outcome to the tally. */
async function watch(tally: Tally, what: string, call: unknown) {
  const late = Symbol('late');
  const timer = new AbortController();
  try {
    const value = await Promise.race([call, sleep(LONGEST, late, { signal: timer.signal })]);
    if (value === late) tally.unsettled.push(what);
    return value;
  } catch (error) {
    tally.rejected.push(error);
    return error;
  } finally {
    timer.abort();
  }
}

interface Shared {
  readonly cache: BoundCache<Backend>;
  readonly read: (n: number) => Promise<string>;
}

/** Calls with shared arguments, and with its own arguments whose values change, until the time is up. */
async function work({ cache, read }: Shared, name: string, end: number, random: () => number) {
  const tally: Tally = { right: 0, wrong: [], rejected: [], unsettled: [] };
  const current = [1, 1, 1];
  /** The version at the last confirmed invalidation: no older one may come back. */
  const least = [1, 1, 1];
  const own = cache.memoize(
    async (n: number) => {
      const version = current[n]!;
      if (random() < 0.3) await sleep(random() * 3);
      return textOf(`${name}:${n}`, version);
    },
    { key: `${name}:{0}` },
  );
  while (performance.now() < end) {
    const n = Math.floor(random() * 3);
    if (random() < 0.1) {
      current[n]! += 1;
      if ((await watch(tally, `${name} invalidates`, own.invalidate(n))) === true) {
        least[n] = current[n]!;
      }
    } else if (random() < 0.5) {
      const right = Array.from({ length: current[n]! - least[n]! + 1 }, (_, age) =>
        textOf(`${name}:${n}`, least[n]! + age),
      );
      check(tally, `${name}:${n}`, await watch(tally, name, own(n)), right);
    } else {
      const numbers = Array.from({ length: 5 }, () => Math.floor(random() * SHARED_KEYS));
      const values = await Promise.all(numbers.map((each) => watch(tally, name, read(each))));
      numbers.forEach((each, index) => {
        check(tally, `shared:${each}`, values[index], [textOf(`shared:${each}`, 0)]);
      });
    }
  }
  return tally;
}

function check(tally: Tally, key: string, value: unknown, right: readonly string[]): void {
  if (right.includes(value as string)) tally.right += 1;
  else tally.wrong.push(`${key}: ${String(value).slice(0, 60)}`);
}

describeMemcached('a fleet behind networks that fail', () => {
  let daemons: MemcachedDaemon[];
  let proxies: FaultProxy[];
  const events: ServerEvent[] = [];
  beforeAll(async () => {
    daemons = await MemcachedDaemon.startSeveral(SERVERS);
    proxies = await Promise.all(daemons.map(({ port }) => FaultProxy.start(port)));
  });
  afterAll(async () => {
    await Promise.all(proxies.map((proxy) => proxy.stop()));
    await Promise.all(daemons.map((daemon) => daemon.stop()));
  });

  /** One process of the fleet. */
  const open = (): Shared => {
    const backend = memcached(
      proxies.map(({ address }) => address),
      { timeout: TIMEOUT, onEvent: (event) => events.push(event) },
    );
    const cache = createCache({ backend });
    const read = cache.memoize(async (n: number) => textOf(`shared:${n}`, 0), {
      key: 'shared:{0}',
    });
    return { cache, read };
  };

  /** Runs a fleet until the time is up, heals the network, and waits until every call hits. */
  async function run(name: string, milliseconds: number, random: () => number): Promise<Tally[]> {
    const fleet = Array.from({ length: PROCESSES }, open);
    for (const proxy of proxies) proxy.fault = { type: 'random', random, rate: 0.02 };
    const end = performance.now() + milliseconds;
    const tallies = await Promise.all(
      Array.from({ length: WORKERS }, (_, n) =>
        work(fleet[n % PROCESSES]!, `${name}${n}`, end, random),
      ),
    );
    for (const proxy of proxies) proxy.fault = { type: 'none' };
    for (const { cache, read } of fleet) await healthy(cache, read);
    expect(Math.max(...proxies.map(({ connections }) => connections))).toBeLessThanOrEqual(
      PROCESSES,
    );
    await Promise.all(fleet.map(({ cache }) => cache.close()));
    return tallies;
  }

  async function healthy(cache: BoundCache<Backend>, read: Shared['read']): Promise<void> {
    await until(async () => {
      await cache.idle();
      const before = cache.stats().hit;
      for (let n = 0; n < SHARED_KEYS; n += 1) expect(await read(n)).toBe(textOf(`shared:${n}`, 0));
      return cache.stats().hit - before === SHARED_KEYS;
    });
  }

  test(`always gets right values, and leaves nothing behind (CHAOS_SEED=${SEED})`, async () => {
    const random = randomFrom(SEED);
    await run('first', 500, random); // code that is loaded and compiled once is not a leak
    await until(() => openSockets() === 0);
    const before = await heapInUse();
    const tallies = await run('worker', SECONDS * 1_000, random);
    const all = (name: 'wrong' | 'rejected' | 'unsettled'): unknown[] =>
      tallies.flatMap((tally) => tally[name] as unknown[]);
    expect({ wrong: all('wrong'), rejected: all('rejected'), unsettled: all('unsettled') }).toEqual(
      {
        wrong: [],
        rejected: [],
        unsettled: [],
      },
    );
    expect(tallies.reduce((sum, { right }) => sum + right, 0)).toBeGreaterThan(100);
    expect(proxies.reduce((sum, { injected }) => sum + injected, 0)).toBeGreaterThan(0);
    expect(events.filter(({ type }) => type === 'error')).toEqual([]);
    await until(() => openSockets() === 0);
    expect((await heapInUse()) - before).toBeLessThan(32 * 2 ** 20);
  }, 60_000);
});
