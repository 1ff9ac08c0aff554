/**
 * Memoized hits on memcached beside stock memjs's `get`, and calls against a dead server beside uncached
 * ones: all in one run, interleaved, as ratios. Needs memcached on the PATH.
 *
 *     npx tsx bench/memcached.ts
 */
import type { Socket } from 'node:net';
import memjs from 'memjs';
import { built, type Built } from './built.js';
import { bare, connected, freePort, startDaemon } from './daemon.js';
import { type Op, rounds, spread, took } from './rounds.js';

const ROUNDS = 9;
/** More than are in flight, so that no two callers ever share one read. */
const KEYS = 1_024;
const SIZES = { '10 B': 10, '1 kB': 1_000, '100 kB': 100_000 };
/** Operations per round, by how many are in flight. */
const CONCURRENCY = { 1: 2_000, 32: 10_000, 512: 10_000 };
const DEAD_CALLS = 10_000;

/** Hits: the ratio of operations per second, ours to theirs. */
async function hits(
  { createCache, memcached }: Built,
  address: string,
  socket: Socket,
): Promise<void> {
  const stock = memjs.Client.create(address, { timeout: 10 });
  const cache = createCache({ backend: memcached(address, { timeout: '10s' }) });
  const table: Record<string, Record<string, string>> = {};
  for (const [size, bytes] of Object.entries(SIZES)) {
    const key = `size${bytes}:`;
    const find = cache.memoize(async (n: number) => `${n}`.padEnd(bytes, 'x'), {
      key: `${key}{0}`,
    });
    for (let i = 0; i < KEYS; i += 1) await find(i);
    await cache.idle();
    const { miss } = cache.stats();
    const row: Record<string, string> = {};
    const limits: Record<string, string> = {};
    for (const [concurrency, operations] of Object.entries(CONCURRENCY)) {
      const count = bytes > 10_000 ? operations / 5 : operations;
      const measure = (op: Op) => () => took(op, count, Number(concurrency));
      const all = await rounds(ROUNDS, {
        ours: measure((i) => find(i % KEYS)),
        theirs: measure((i) => stock.get(`${key}${i % KEYS}`)),
        limit: () => bare(socket, (i) => `${key}${i % KEYS}`, Number(concurrency), count),
      });
      row[`${concurrency} at a time`] = spread(all, ({ ours, theirs }) => theirs / ours);
      limits[`${concurrency} at a time`] = spread(all, ({ limit, theirs }) => theirs / limit);
    }
    if (cache.stats().miss > miss)
      throw new Error('a call has missed: these are no ratios of hits');
    table[size] = row;
    table[`${size}, bare socket`] = limits;
  }
  stock.close();
  await cache.close();
  console.log(
    'Memoized hits beside stock memjs get (ratio of operations per second, more is better):',
  );
  console.table(table);
}

/** A dead server: the ratio of time, calls through the cache to calls without. */
async function outage({ createCache, memcached }: Built, socket: Socket): Promise<void> {
  const origins: Record<string, (n: number) => Promise<unknown>> = {
    'only multiplies': async (n) => n * 2,
    'awaits one setImmediate': async (n) => {
      await new Promise((resolve) => setImmediate(resolve));
      return n * 2;
    },
    'awaits a round trip to another process': (n) =>
      new Promise((resolve) => {
        socket.once('data', () => resolve(n * 2));
        socket.write('version\r\n');
      }),
  };
  const cache = createCache({ backend: memcached(`127.0.0.1:${await freePort()}`) });
  const table: Record<string, Record<string, string>> = {};
  for (const [name, origin] of Object.entries(origins)) {
    const guarded = cache.memoize(origin, { key: `${name.replaceAll(' ', '-')}:{0}` });
    await guarded(0); // opens the breaker
    const all = await rounds(ROUNDS, {
      plain: () => took(origin, DEAD_CALLS),
      cached: () => took(guarded, DEAD_CALLS),
    });
    table[name] = {
      'times the uncached call': spread(all, ({ plain, cached }) => cached / plain),
      'µs uncached': spread(all, ({ plain }) => (plain / DEAD_CALLS) * 1_000, 1),
      'µs more': spread(all, ({ plain, cached }) => ((cached - plain) / DEAD_CALLS) * 1_000, 1),
    };
  }
  await cache.close();
  console.log(`${DEAD_CALLS} calls against a dead server, one at a time (less is better):`);
  console.table(table);
}

const daemon = await startDaemon();
try {
  const socket = await connected(daemon.port);
  const library = await built();
  await hits(library, daemon.address, socket);
  // One of its own: the other speaks the binary protocol by now, and this a line of text.
  const line = await connected(daemon.port);
  await outage(library, line);
  socket.destroy();
  line.destroy();
} finally {
  daemon.stop();
}
