import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Breaker } from '../../../../src/backends/memcached/client/breaker.js';
import { createCache } from '../../../../src/index.js';
import { memcached } from '../../../../src/memcached.js';
import { openSockets } from '../../../support/heap.js';
import { closeClients, openClient, TIMEOUT } from '../../../support/open-client.js';
import { elapsed, until } from '../../../support/until.js';

/** Listens, prints its port and stops: the kernel then accepts a few connections, and no more. */
const LISTEN = `
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    require('node:fs').writeSync(1, String(server.address().port));
    process.kill(process.pid, 'SIGSTOP');
  });
`;

describe('a server that never accepts', () => {
  let child: ChildProcess;
  let port: number;
  const waiting: Socket[] = [];

  beforeAll(async () => {
    child = spawn(process.execPath, ['-e', LISTEN], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [output] = (await once(child.stdout!, 'data')) as [Buffer];
    port = Number(output.toString());
  });
  afterEach(closeClients);
  afterAll(async () => {
    for (const socket of waiting) socket.destroy();
    child.kill('SIGKILL');
    await once(child, 'exit');
  });

  /** Opens connections until the kernel accepts no more. */
  async function fill(): Promise<void> {
    while (waiting.length < 20) {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined);
      waiting.push(socket);
      const taken = once(socket, 'connect').then(() => true);
      // Only the lack of any event shows that a connection is not accepted.
      if (!(await Promise.race([taken, sleep(150, false)]))) return;
    }
  }

  test.each(['while the kernel accepts connections for it', 'when it accepts no more'])(
    'costs a call one deadline and no more, %s',
    async (when) => {
      if (when === 'when it takes no more') await fill();
      const { client, events } = openClient(`127.0.0.1:${port}`, { timeout: TIMEOUT });
      expect(await elapsed(() => client.get('k'))).toBeGreaterThan(TIMEOUT - 5);
      const others = Array.from({ length: 50 }, () => elapsed(() => client.get('k')));
      // One of them may be the probe.
      expect((await Promise.all(others)).filter((ms) => ms > TIMEOUT / 2).length).toBeLessThan(2);
      expect(events).toMatchObject([
        { type: 'open', error: { message: expect.stringContaining('no answer within 100 ms') } },
      ]);
    },
  );

  test('leaves no socket that is still connecting', async () => {
    const before = openSockets();
    const breaker = new Breaker({ random: () => 0 });
    const { client } = openClient(`127.0.0.1:${port}`, { timeout: 10, breaker });
    for (let n = 0; n < 20; n += 1) await client.get('k').catch(() => undefined);
    await until(() => openSockets() <= before);
  });

  test('delays no memoized call beyond the deadline, and gives none a wrong value', async () => {
    const backend = memcached(`127.0.0.1:${port}`, { timeout: TIMEOUT });
    const cache = createCache({ backend });
    const square = cache.memoize(async (n: number) => n * n, { key: 'square:{0}' });
    const numbers = Array.from({ length: 200 }, (_, n) => n);
    const began = performance.now();
    expect(await Promise.all(numbers.map(square))).toEqual(numbers.map((n) => n * n));
    expect(await Promise.all(numbers.map(square))).toEqual(numbers.map((n) => n * n));
    expect(performance.now() - began).toBeLessThan(2_000);
    await cache.close();
  });
});
