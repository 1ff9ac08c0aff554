import { Socket } from 'node:net';
import { describeMemcached, MemcachedDaemon } from '../../support/memcached-daemon.js';
import {
  closeClients,
  itemOf,
  openClient,
  textInTheEnd,
  textOf,
  TIMEOUT,
} from '../../support/open-client.js';
import { failed, outcome, type Outcome, outcomes } from '../../support/until.js';

afterEach(closeClients);

describeMemcached('a server under load', () => {
  let daemon: MemcachedDaemon;
  beforeAll(async () => (daemon = await MemcachedDaemon.start({ args: ['-m', '256'] })));
  afterAll(() => daemon.stop());

  test('answers 20 000 gets of one tick, each with the value of its key', async () => {
    const { client } = openClient(daemon.address, { maxPending: 20_000 });
    const keys = Array.from({ length: 20_000 }, (_, n) => `key${n % 500}`);
    await Promise.all(keys.slice(0, 500).map((key) => client.set(key, itemOf(`value of ${key}`))));
    const texts = await Promise.all(keys.map((key) => textOf(client, key)));
    expect(texts).toEqual(keys.map((key) => `value of ${key}`));
  });

  test('answers gets of small and large values in the same tick', async () => {
    const { client } = openClient(daemon.address);
    const sizes = Array.from({ length: 60 }, (_, n) => (n % 3 === 0 ? 900_000 - n : n));
    const valueOf = (size: number): Buffer => Buffer.alloc(size, `${size}.`);
    await Promise.all(sizes.map((size) => client.set(`s${size}`, itemOf(valueOf(size)))));
    const items = await Promise.all(sizes.map((size) => client.get(`s${size}`)));
    items.forEach((item, n) => expect(Buffer.compare(item!.value, valueOf(sizes[n]!))).toBe(0));
  });

  test('is not taken for down because this process was busy', async () => {
    const { client, events } = openClient(daemon.address, { timeout: TIMEOUT });
    expect(await textInTheEnd(client, 'none')).toBeUndefined();
    const read = await new Promise<Outcome<string | undefined>>((resolve) => {
      // Timers run next after immediates, so that the deadline is checked before the socket is read.
      setImmediate(() => {
        resolve(outcome(textOf(client, 'none')));
        const end = performance.now() + 2 * TIMEOUT;
        process.nextTick(() => {
          while (performance.now() < end);
        });
      });
    });
    expect(read).toEqual({ value: undefined });
    expect(events).toEqual([]);
  });

  test('is written to once per tick', async () => {
    const { client } = openClient(daemon.address);
    await client.get('warm');
    const writes = jest.spyOn(Socket.prototype as any, '_writeGeneric');
    await Promise.all(Array.from({ length: 100 }, () => client.get('k')));
    expect(writes).toHaveBeenCalledTimes(1);
    const large = itemOf(Buffer.alloc(100_000));
    const mixed = ['k', 'l'].map((key) => Promise.all([client.get(key), client.set(key, large)]));
    await Promise.all(mixed);
    expect(writes).toHaveBeenCalledTimes(2);
  });

  test('fails the requests beyond its limits at once', async () => {
    const { client, events } = openClient(daemon.address, {
      maxPending: 10,
      maxPendingBytes: 100_000,
    });
    await client.get('warm');
    const many = await outcomes(Array.from({ length: 15 }, () => client.get('k')));
    expect(many.map(failed)).toEqual([...Array(10).fill(false), ...Array(5).fill(true)]);
    const big = await outcomes(
      [60_000, 60_000].map((size) => client.set('k', itemOf(Buffer.alloc(size)))),
    );
    expect(big.map(failed)).toEqual([false, true]);
    expect(events).toEqual([]);
  });
});
