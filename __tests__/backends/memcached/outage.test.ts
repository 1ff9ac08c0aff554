import { describeMemcached, MemcachedDaemon } from '../../support/memcached-daemon.js';
import {
  closeClients,
  itemOf,
  openClient,
  textInTheEnd,
  textOf,
  TIMEOUT,
} from '../../support/open-client.js';
import { failed, outcome, outcomes, elapsed, until } from '../../support/until.js';

afterEach(closeClients);

describeMemcached('a server that is stopped or restarted', () => {
  let daemon: MemcachedDaemon;
  beforeAll(async () => (daemon = await MemcachedDaemon.start({ args: ['-m', '256'] })));
  afterEach(() => daemon.restart());
  afterAll(() => daemon.stop());

  test('delays no call beyond the deadline, idle or under load, and serves again when it continues', async () => {
    const { client, events } = openClient(daemon.address, { timeout: TIMEOUT });
    await until(async () => !failed(await outcome(client.set('k', itemOf('v')))));
    events.length = 0;
    daemon.freeze();
    const delays: Promise<number>[] = [];
    const load = setInterval(() => delays.push(elapsed(() => client.get('k'))), 20);
    await until(() => delays.length >= 30);
    clearInterval(load);
    const taken = await Promise.all(delays);
    expect(Math.max(...taken)).toBeLessThan(TIMEOUT * 5);
    // Once the breaker is open, only probes wait.
    expect(taken.filter((ms) => ms < TIMEOUT / 2).length).toBeGreaterThan(10);
    daemon.thaw();
    expect(await textInTheEnd(client, 'k')).toBe('v');
    expect(events.map(({ type }) => type)).toEqual(['open', 'close']);
  });

  test('during large replies serves right values again', async () => {
    const { client } = openClient(daemon.address);
    const large = Buffer.alloc(900_000, 'large');
    await client.set('large', itemOf(large));
    const reads = Array.from({ length: 100 }, () => client.get('large'));
    await reads[0];
    await daemon.restart();
    const results = await outcomes(reads, 5_000);
    expect(results).not.toContain('pending');
    const items = results.flatMap((result) => (failed(result) ? [] : [(result as any).value]));
    // A get that was resent to the new daemon is a miss.
    for (const item of items) if (item) expect(Buffer.compare(item.value, large)).toBe(0);
    expect(items.length).toBeGreaterThan(0);
    await until(async () => !failed(await outcome(client.set('k', itemOf('v')))));
    for (let n = 0; n < 10; n += 1) expect(await textOf(client, 'k')).toBe('v');
  });

  test('while no request is in flight causes no event', async () => {
    const { client, events } = openClient(daemon.address);
    await client.set('k', itemOf('v'));
    await daemon.restart();
    expect(await client.get('k')).toBeUndefined();
    expect(events).toEqual([]);
  });

  test('fails a get at which memcached closes the connection, and not the gets beside it', async () => {
    const { client } = openClient(daemon.address);
    await client.set('k', itemOf('v'));
    const [good, bad, ...more] = await outcomes(
      ['k', 'x'.repeat(251), 'k', 'k'].map((key) => textOf(client, key)),
    );
    expect(failed(bad!)).toBe(true);
    for (const result of [good, ...more]) expect(result).toEqual({ value: 'v' });
  });
});
