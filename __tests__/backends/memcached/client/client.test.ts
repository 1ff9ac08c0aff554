import { Client } from '../../../../src/backends/memcached/client/client.js';
import { BackendError } from '../../../../src/errors.js';
import { closeClients, itemOf, openClient, textOf } from '../../../support/open-client.js';
import { describeMemcached, MemcachedDaemon } from '../../../support/memcached-daemon.js';
import { outcomes } from '../../../support/until.js';

/** A value larger than memcached's item limit. */
const LARGE = Buffer.alloc(1_100_000);

describeMemcached('the client on a real memcached', () => {
  let daemon: MemcachedDaemon;
  beforeAll(async () => (daemon = await MemcachedDaemon.start()));
  afterEach(closeClients);
  afterAll(() => daemon.stop());

  test('gets the item that was set, with its flags', async () => {
    const { client } = openClient(daemon.address);
    expect(await client.get('none')).toBeUndefined();
    expect(await client.set('k', itemOf('v', 0xdead_beef))).toBe('stored');
    const item = await client.get('k');
    expect(Buffer.from(item!.value).toString()).toBe('v');
    expect(item).toMatchObject({ flags: 0xdead_beef, cas: expect.any(Uint8Array) });
    expect(item!.cas).toHaveLength(8);
  });

  test('distinguishes an empty value from a missing item', async () => {
    const { client } = openClient(daemon.address);
    await client.set('empty', itemOf(''));
    expect(await textOf(client, 'empty')).toBe('');
  });

  test('stores only the bytes of a view into a larger array', async () => {
    const { client } = openClient(daemon.address);
    await client.set('view', itemOf(new Uint8Array([1, 2, 3, 4]).subarray(1, 3)));
    expect([...(await client.get('view'))!.value]).toEqual([2, 3]);
  });

  test('adds an item only if there is none, and resolves to its CAS', async () => {
    const { client } = openClient(daemon.address);
    const cas = await client.add('lease', itemOf('mine'));
    expect(cas).toEqual((await client.get('lease'))!.cas);
    expect(await client.add('lease', itemOf('theirs'))).toBeUndefined();
    expect(await textOf(client, 'lease')).toBe('mine');
  });

  test('a set with a CAS is stored if the key was not written in between', async () => {
    const { client } = openClient(daemon.address);
    const cas = await client.add('fill', itemOf('placeholder'));
    expect(await client.set('fill', itemOf('value'), cas)).toBe('stored');
    expect(await client.set('fill', itemOf('late'), cas)).toBe('fenced');
    expect(await textOf(client, 'fill')).toBe('value');
  });

  test('a set with the CAS of a deleted item is fenced', async () => {
    const { client } = openClient(daemon.address);
    const cas = await client.add('gone', itemOf('placeholder'));
    expect(await client.delete('gone')).toBe(true);
    expect(await client.set('gone', itemOf('late'), cas)).toBe('fenced');
    expect(await client.get('gone')).toBeUndefined();
  });

  test('a delete with a CAS does not remove an item that was written since', async () => {
    const { client } = openClient(daemon.address);
    const cas = await client.add('release', itemOf('placeholder'));
    await client.set('release', itemOf('value'));
    expect(await client.delete('release', cas)).toBe(false);
    const { cas: current } = (await client.get('release'))!;
    expect(await client.delete('release', current)).toBe(true);
    expect(await client.delete('release', current)).toBe(false);
    expect(await client.delete('release')).toBe(false);
  });

  test('names the server, the command and the reason if the server refuses, and stays connected', async () => {
    const { client, events } = openClient(daemon.address);
    const connections = async (): Promise<string | undefined> =>
      /total_connections (\d+)/.exec(await daemon.ask('stats'))?.[1];
    const refusal = client.set('large', itemOf(LARGE));
    await expect(refusal).rejects.toThrow(BackendError);
    await expect(refusal).rejects.toThrow(`memcached ${daemon.address}: set: value too large`);
    const before = Number(await connections());
    const refusals = Array.from({ length: 20 }, () => client.set('k', itemOf(LARGE)));
    const results = await outcomes(refusals);
    expect(results.every((result) => result !== 'pending' && 'error' in result)).toBe(true);
    // Only the connection that asks for the statistics.
    expect(Number(await connections())).toBe(before + 1);
    expect(events).toEqual([]);
  });

  test('an expiration that the protocol cannot carry rejects, and affects no other request', async () => {
    const { client } = openClient(daemon.address);
    await expect(client.set('k', { ...itemOf('v'), expiry: -1 })).rejects.toThrow('out of range');
    await client.set('k', itemOf('v'));
    expect(await textOf(client, 'k')).toBe('v');
  });
});

describe('a client of two servers', () => {
  afterEach(closeClients);

  test('isDown tells whether a request would be refused, and fits the key only if the servers differ', async () => {
    const closed = openClient('127.0.0.1:1').server;
    const open = openClient('127.0.0.1:2').server;
    const client = new Client([closed, open], (key) => Number(key));
    const fit = jest.fn((key: string) => key.trim());
    expect(client.isDown(' 0', fit)).toBe(false);
    expect(fit).not.toHaveBeenCalled();
    await closed.close();
    expect([client.isDown(' 0', fit), client.isDown(' 1', fit)]).toEqual([true, false]);
    expect(fit).toHaveBeenCalledTimes(2);
    await open.close();
    expect(client.isDown('nowhere', fit)).toBe(true);
    expect(fit).toHaveBeenCalledTimes(2);
  });
});
