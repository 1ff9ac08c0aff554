import { Breaker } from '../../../../src/backends/memcached/client/breaker.js';
import { BackendError } from '../../../../src/errors.js';
import { FaultProxy } from '../../../support/fault-proxy.js';
import { describeMemcached, freePort, MemcachedDaemon } from '../../../support/memcached-daemon.js';
import {
  closeClients,
  itemOf,
  openClient,
  textInTheEnd,
  textOf,
  TIMEOUT,
} from '../../../support/open-client.js';
import { failed, outcome, outcomes, elapsed, until } from '../../../support/until.js';

afterEach(closeClients);

describe('a server that refuses connections', () => {
  test('fails requests at once, and opens the breaker at the first failure', async () => {
    const { client, events } = openClient(`127.0.0.1:${await freePort()}`);
    await expect(client.get('k')).rejects.toThrow('ECONNREFUSED');
    expect(events).toMatchObject([{ type: 'open', error: expect.any(BackendError) }]);
    const results = await outcomes(Array.from({ length: 1_000 }, () => client.get('k')));
    expect(results.every(failed)).toBe(true);
    expect(events).toHaveLength(1);
  });

  test('is named in the message although the name has several addresses', async () => {
    const { client } = openClient(`localhost:${await freePort()}`);
    await expect(client.get('k')).rejects.toThrow(/^memcached localhost:\d+: .*ECONNREFUSED/);
  });

  test('whose name is unknown fails requests with that reason', async () => {
    const { client } = openClient('no-such-host.invalid');
    await expect(client.get('k')).rejects.toThrow(/ENOTFOUND|EAI_AGAIN/);
  });

  test('whose socket does not exist fails requests with that reason', async () => {
    const { client } = openClient('/no/such.sock');
    await expect(client.get('k')).rejects.toThrow('ENOENT');
  });
});

describeMemcached('a server behind a network that fails', () => {
  let daemon: MemcachedDaemon;
  let proxy: FaultProxy;
  const value = 'The quick brown fox';

  beforeAll(async () => (daemon = await MemcachedDaemon.start()));
  beforeEach(async () => {
    proxy = await FaultProxy.start(daemon.port);
    const { client } = openClient(daemon.address);
    await client.set('k', itemOf(value));
    await client.set('large', itemOf(Buffer.alloc(300_000, 'l')));
  });
  afterEach(() => proxy.stop());
  afterAll(() => daemon.stop());

  test.each(['FIN', 'RST'] as const)('a get survives a %s', async (by) => {
    const { client, events } = openClient(proxy.address);
    await client.get('k');
    proxy.fault = { type: 'stall', at: 0 };
    const read = textOf(client, 'k');
    const store = outcome(client.set('other', itemOf('v')));
    const removed = client.delete('none');
    await new Promise((resolve) => setTimeout(resolve, 5));
    proxy.fault = { type: 'none' };
    proxy.sever(by);
    expect(await read).toBe(value);
    expect(await removed).toBe(false);
    expect(failed(await store)).toBe(true);
    expect(proxy.accepted).toBe(2);
    expect(events).toEqual([]);
  });

  test('a get that is resent keeps its deadline', async () => {
    const { client } = openClient(proxy.address, { timeout: 300 });
    await until(async () => !failed(await outcome(textOf(client, 'k'))));
    const before = proxy.accepted;
    proxy.fault = { type: 'blackHole' };
    const taken = elapsed(() => client.get('k'));
    // Most of the deadline passes, so that a second one would be noticed.
    await new Promise((resolve) => setTimeout(resolve, 200));
    proxy.sever('FIN');
    expect(await taken).toBeLessThan(450);
    expect(proxy.accepted).toBe(before + 1);
  });

  test('a get that is cut off twice fails', async () => {
    const { client } = openClient(proxy.address);
    await client.get('k');
    proxy.fault = { type: 'cut', at: 5, by: 'FIN' };
    await expect(client.get('k')).rejects.toThrow('the connection was closed');
    expect(proxy.accepted).toBe(2);
  });

  test('a reply cut at any byte gives the right value or an error, then the right value', async () => {
    const length = 24 + 4 + value.length;
    for (let at = 0; at < length; at += 1) {
      const { client } = openClient(proxy.address, { breaker: new Breaker({ random: () => 0 }) });
      // On a connection that has never answered there is no second attempt.
      proxy.fault = { type: 'cut', at, by: at % 2 === 0 ? 'RST' : 'FIN' };
      const cut = await outcome(textOf(client, 'k'));
      expect({ at, failed: failed(cut) }).toEqual({ at, failed: true });
      proxy.fault = { type: 'none' };
      expect(await textOf(client, 'k')).toBe(value);
    }
  });

  test('the rest of a reply that arrives too late is the value of no other get', async () => {
    for (const at of [0, 1, 23, 24, 30]) {
      const { client } = openClient(proxy.address, { timeout: TIMEOUT });
      expect(await textInTheEnd(client, 'k')).toBe(value);
      proxy.fault = { type: 'stall', at };
      await expect(client.get('large')).rejects.toThrow('no answer within 100 ms');
      proxy.fault = { type: 'none' };
      const next = outcome(textOf(client, 'k'));
      proxy.release();
      expect([{ value }, { error: expect.any(BackendError) }]).toContainEqual(await next);
      expect(await textInTheEnd(client, 'k')).toBe(value);
    }
  });

  test('a reply that arrives byte by byte is read', async () => {
    const { client } = openClient(proxy.address);
    proxy.fault = { type: 'dribble', size: 1 };
    const reads = ['k', 'none', 'k'].map((key) => textOf(client, key));
    expect(await Promise.all(reads)).toEqual([value, undefined, value]);
  });

  test('a request waits for a delay shorter than the deadline', async () => {
    const { client } = openClient(proxy.address);
    proxy.fault = { type: 'delay', ms: 20 };
    expect(await textOf(client, 'k')).toBe(value);
  });

  test.each([0, 1, 8, 11, 12, 15])('a header corrupted at byte %i is detected', async (at) => {
    const { client } = openClient(proxy.address, { timeout: TIMEOUT });
    proxy.fault = { type: 'corrupt', at };
    await expect(client.get('k')).rejects.toThrow(BackendError);
  });

  test('garbage between the replies fails the requests that follow', async () => {
    const { client } = openClient(proxy.address);
    await client.get('k');
    // Between two replies: inside a value it could not be detected.
    proxy.fault = { type: 'garbage', at: 24 + 4 + value.length, bytes: Buffer.alloc(500, '?') };
    const results = await outcomes(Array.from({ length: 5 }, () => textOf(client, 'k')));
    for (const result of results) if (!failed(result)) expect(result).toEqual({ value });
    proxy.fault = { type: 'none' };
    expect(await textInTheEnd(client, 'k')).toBe(value);
  });

  test('a black hole costs one call a deadline, and the other calls no time', async () => {
    const { client, events } = openClient(proxy.address, { timeout: TIMEOUT });
    proxy.fault = { type: 'blackHole' };
    expect(await elapsed(() => client.get('k'))).toBeGreaterThan(TIMEOUT - 5);
    const delays = await Promise.all(
      Array.from({ length: 50 }, () => elapsed(() => client.get('k'))),
    );
    // One of them may be the probe.
    expect(delays.filter((ms) => ms > TIMEOUT / 2).length).toBeLessThan(2);
    proxy.fault = { type: 'none' };
    expect(await textInTheEnd(client, 'k')).toBe(value);
    expect(events.map(({ type }) => type)).toEqual(['open', 'close']);
  });

  test('connections do not pile up', async () => {
    const { client } = openClient(proxy.address, {
      timeout: 10,
      breaker: new Breaker({ random: () => 0 }),
    });
    proxy.fault = { type: 'blackHole' };
    for (let n = 0; n < 20; n += 1) await client.get('k').catch(() => undefined);
    await until(() => proxy.connections <= 1);
    expect(proxy.accepted).toBe(20);
  });
});
