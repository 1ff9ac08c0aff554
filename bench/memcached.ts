/**
 * Memoized hits on memcached beside stock memjs's `get`, and calls against a dead server beside uncached
 * ones: all in one run, interleaved, as ratios. Needs memcached on the PATH.
 *
 *     npx tsx bench/memcached.ts
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import memjs from 'memjs';
import { createCache } from '../src/index.js';
import { memcached } from '../src/memcached.js';

const ROUNDS = 9;
const ROUND_MS = 250;
const KEYS = 100;

type Op = (i: number) => PromiseLike<unknown>;

/** Operations a second with so many in flight. */
async function rate(op: Op, concurrency: number): Promise<number> {
  const began = performance.now();
  let done = 0;
  const worker = async (first: number): Promise<void> => {
    for (let i = first; performance.now() - began < ROUND_MS; i += 1) {
      await op(i);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, (_, index) => worker(index)));
  return (done / (performance.now() - began)) * 1000;
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? NaN;

/** The median of the ratios a / b, round by round, each round in random order. */
async function compare(a: Op, b: Op, concurrency: number): Promise<string> {
  const ratios: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const aFirst = Math.random() < 0.5;
    const first = await rate(aFirst ? a : b, concurrency);
    const second = await rate(aFirst ? b : a, concurrency);
    if (round > 0) ratios.push(aFirst ? first / second : second / first); // the first warms up
  }
  const middle = median(ratios).toFixed(2);
  return `${middle} [${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}]`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function reachable(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const socket = connect(port, '127.0.0.1');
    const up = await Promise.race([
      once(socket, 'connect').then(
        () => true,
        () => false,
      ),
    ]);
    socket.destroy();
    if (up) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('memcached does not answer');
}

const port = await freePort();
const daemon = spawn('memcached', ['-u', 'nobody', '-l', '127.0.0.1', '-p', `${port}`, '-U', '0'], {
  stdio: 'ignore',
});
try {
  await reachable(port);
  const address = `127.0.0.1:${port}`;
  const stock = memjs.Client.create(address);
  const cache = createCache({ backend: memcached(address) });
  const find = cache.memoize(async (n: number) => `value-${n}-${'x'.repeat(20)}`, { key: 'k:{0}' });
  for (let i = 0; i < KEYS; i += 1) await find(i);
  await cache.idle();

  console.log('Memoized hits beside stock memjs get (ratio of operations per second, more is better):');
  for (const concurrency of [1, 32, 512]) {
    const ours: Op = (i) => find(i % KEYS);
    const theirs: Op = (i) => stock.get(`k:${i % KEYS}`);
    console.log(`  ${concurrency} at a time: ${await compare(ours, theirs, concurrency)}`);
  }
  stock.close();
  await cache.close();

  const dead = createCache({ backend: memcached(`127.0.0.1:${await freePort()}`) });
  const work = async (n: number): Promise<number> => n * 2;
  const guarded = dead.memoize(work, { key: 'd:{0}' });
  await Promise.all([guarded(1), guarded(2)]);
  const took = async (op: Op): Promise<number> => {
    const began = performance.now();
    for (let i = 0; i < 10_000; i += 1) await op(i);
    return performance.now() - began;
  };
  const ratios: number[] = [];
  const overheads: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const [plain, cached] = [await took(work), await took(guarded)];
    if (round === 0) continue;
    ratios.push(cached / plain);
    overheads.push((cached - plain) / 10);
  }
  const origin = async (n: number): Promise<number> => {
    await new Promise((resolve) => setImmediate(resolve)); // the cheapest origin that waits for anything
    return n * 2;
  };
  const real = dead.memoize(origin, { key: 'o:{0}' });
  const realRatios: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const [plain, cached] = [await took(origin), await took(real)];
    realRatios.push(cached / plain);
  }
  console.log('Calls against a dead server beside uncached ones (ratio of time, less is better):');
  console.log(`  an async function that only multiplies: ${median(ratios).toFixed(2)}`);
  console.log(`  an origin that waits for one turn of the event loop: ${median(realRatios).toFixed(2)}`);
  console.log(`  overhead of a call: ${median(overheads).toFixed(2)} µs`);
  await dead.close();
} finally {
  daemon.kill();
}
