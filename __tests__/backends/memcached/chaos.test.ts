import { Client } from '../../../src/backends/memcached/client/client.js';
import { FaultProxy } from '../../support/fault-proxy.js';
import { describeMemcached, MemcachedDaemon } from '../../support/memcached-daemon.js';
import {
  closeClients,
  itemOf,
  openClient,
  textInTheEnd,
  TIMEOUT,
} from '../../support/open-client.js';
import { randomFrom } from '../../support/random.js';

const SIZES = [0, 10, 1_000, 5_000, 40_000, 300_000];

/** The bytes that belong to a key and a version; the version is stored as the flags. */
function bytesOf(key: string, version: number): Buffer {
  const pattern = Buffer.from(`${key}#${version}#`);
  return Buffer.alloc(Math.max(pattern.length, SIZES[version % SIZES.length]!), pattern);
}

/** The observations of one worker. */
interface Tally {
  right: number;
  failed: number;
  slowest: number;
  readonly wrong: string[];
}

/** Sets and gets keys of its own until the time is up, and checks every byte. */
async function work(client: Client, name: string, until: number, random: () => number) {
  const tally: Tally = { right: 0, failed: 0, slowest: 0, wrong: [] };
  // A set that fails may have arrived or not, so several versions may be right.
  const versions = new Map<string, Set<number>>();
  for (let version = 1; performance.now() < until; version += 1) {
    const key = `${name}:${Math.floor(random() * 3)}`;
    const possible = versions.get(key) ?? new Set();
    versions.set(key, possible);
    const start = performance.now();
    try {
      if (random() < 0.2) {
        possible.add(version);
        await client.set(key, itemOf(bytesOf(key, version), version));
        versions.set(key, new Set([version]));
      } else {
        const item = await client.get(key);
        const right =
          !item || (possible.has(item.flags) && bytesOf(key, item.flags).equals(item.value));
        if (right) tally.right += 1;
        else tally.wrong.push(`${key} at ${item.flags}, not ${[...possible].join(' or ')}`);
      }
    } catch {
      tally.failed += 1;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    tally.slowest = Math.max(tally.slowest, performance.now() - start);
  }
  return tally;
}

describeMemcached('a client behind a network with random faults', () => {
  let daemon: MemcachedDaemon;
  beforeAll(async () => (daemon = await MemcachedDaemon.start()));
  afterEach(closeClients);
  afterAll(() => daemon.stop());

  test('returns no wrong value, exceeds no deadline, and recovers when the faults end', async () => {
    const proxy = await FaultProxy.start(daemon.port);
    const { client, events } = openClient(proxy.address, { timeout: TIMEOUT });
    const random = randomFrom(20_260_101);
    proxy.fault = { type: 'random', random, rate: 0.02 };
    const end = performance.now() + 2_500;
    const tallies = await Promise.all(
      Array.from({ length: 16 }, (_, n) => work(client, `worker${n}`, end, random)),
    );
    proxy.fault = { type: 'none' };
    expect(tallies.flatMap(({ wrong }) => wrong)).toEqual([]);
    expect(Math.max(...tallies.map(({ slowest }) => slowest))).toBeLessThan(TIMEOUT * 5);
    expect(tallies.reduce((sum, { right }) => sum + right, 0)).toBeGreaterThan(100);
    expect(proxy.injected).toBeGreaterThan(0);
    await textInTheEnd(client, 'worker0:0');
    expect(client.isDown('worker0:0')).toBe(false);
    expect(events.filter(({ type }) => type === 'error')).toEqual([]);
    await closeClients();
    await proxy.stop();
  });
});
