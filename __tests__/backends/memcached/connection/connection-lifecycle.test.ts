import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { BackendError } from '../../../../src/errors.js';
import { FaultProxy } from '../../../support/fault-proxy.js';
import { describeMemcached, freePort, MemcachedDaemon } from '../../../support/memcached-daemon.js';
import { closeClients, itemOf, openClient, textOf, TIMEOUT } from '../../../support/open-client.js';
import { outcome, until } from '../../../support/until.js';

const ROOT = join(__dirname, '../../../..');

describeMemcached('the life of a client', () => {
  let daemon: MemcachedDaemon;
  let proxy: FaultProxy;
  beforeAll(async () => (daemon = await MemcachedDaemon.start()));
  beforeEach(async () => (proxy = await FaultProxy.start(daemon.port)));
  afterEach(async () => {
    await closeClients();
    await proxy.stop();
  });
  afterAll(() => daemon.stop());

  test('opens no connection before it is used', async () => {
    const { client } = openClient(proxy.address);
    await client.close();
    expect(proxy.accepted).toBe(0);
  });

  test('closing waits for the requests in flight, then leaves no connection behind', async () => {
    const { client } = openClient(proxy.address);
    const store = client.set('k', itemOf('v'));
    const read = textOf(client, 'k');
    await client.close();
    expect([await store, await read]).toEqual(['stored', 'v']);
    await until(() => proxy.connections === 0);
  });

  test('closing waits no longer than its deadline', async () => {
    const { client, events } = openClient(proxy.address);
    await client.get('k');
    proxy.fault = { type: 'blackHole' };
    const read = outcome(client.get('k'));
    const start = performance.now();
    await client.close({ deadline: 20 });
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(await read).toEqual({ error: expect.any(BackendError) });
    expect(events).toEqual([]);
  });

  test('closing waits no longer than the deadline of the requests in flight', async () => {
    const { client } = openClient(proxy.address, { timeout: TIMEOUT });
    proxy.fault = { type: 'blackHole' };
    const read = outcome(client.get('k'));
    await client.close();
    expect(await read).toEqual({ error: expect.any(BackendError) });
  });

  test('closing is final, and may be repeated', async () => {
    const { client } = openClient(proxy.address);
    await client.get('k');
    await Promise.all([client.close(), client.close()]);
    await client.close({ deadline: 0 });
    expect(client.isDown('k')).toBe(true);
    await expect(client.get('k')).rejects.toThrow('closed');
    expect(proxy.accepted).toBe(1);
  });

  test('closing a client whose server is down takes no time', async () => {
    const { client } = openClient(`127.0.0.1:${await freePort()}`);
    await client.get('k').catch(() => undefined);
    await client.close();
  });

  test('a process that no longer uses its cache ends by itself, whatever the state of the server', async () => {
    const script = `
      import { parseServers } from './src/backends/memcached/connection/address.js';
      import { Client } from './src/backends/memcached/client/client.js';
      import { Server } from './src/backends/memcached/client/server.js';
      const [address] = parseServers(process.env.SERVER, {});
      const client = new Client([new Server(address, { timeout: 60_000 })]);
      client.get('k').then(() => console.log('answered'));
    `;
    const child = spawn('npx', ['tsx', '--input-type=module', '-e', script], {
      cwd: ROOT,
      env: { ...process.env, SERVER: proxy.address },
    });
    let output = '';
    child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => (output += bytes.toString()));
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect([output.trim(), code]).toEqual(['answered', 0]);
  }, 30_000);
});

describeMemcached('a unix socket', () => {
  test('serves requests like a port', async () => {
    const daemon = await MemcachedDaemon.start({ unix: true });
    const { client } = openClient(daemon.address);
    await client.set('k', itemOf('v'));
    expect(await textOf(client, 'k')).toBe('v');
    await daemon.restart();
    expect(await client.get('k')).toBeUndefined();
    await closeClients();
    await daemon.stop();
  });
});
