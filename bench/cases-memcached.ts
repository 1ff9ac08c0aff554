import { once } from 'node:events';
import { type Client, clients } from './contestants/memcached.js';
import { does } from './contestants/contestant.js';
import { bare, connected, type Daemon, freePort } from './daemon.js';
import type { Ground } from './hits.js';
import { type Case, type Entrant, type Prepared, warmedUp } from './measure.js';
import { type Op, took } from './rounds.js';

export const SOCKET = 'raw pipelined socket';
export const UNCACHED = 'uncached call';

/** More keys than calls in flight, so that no two callers share one read. */
const KEYS = 1_024;

export interface Reads {
  readonly bytes: number;
  readonly concurrency: number;
  readonly daemons: readonly Daemon[];
  readonly keys?: number;
}

/** Reads of strings, `concurrency` in flight. The raw socket reads from the first server only. */
export async function prepareReads(
  { library, slice }: Ground,
  who: readonly Client[],
  { bytes, concurrency, daemons, keys = KEYS }: Reads,
): Promise<Prepared> {
  const entrants: Entrant[] = [];
  const closing: (() => unknown)[] = [];
  const missing: Record<string, string> = {};
  const servers = daemons.map(({ address }) => address);
  for (const { name, does, several, open } of who) {
    if (servers.length > 1 && !several) continue;
    try {
      const { read, close } = await open({ library, servers, bytes, keys });
      closing.push(close);
      const measured = async (count: number): Promise<number> => {
        let length = 0;
        const op: Op = async (i) => {
          const got = await read(i); // `length += await` would lose concurrent additions
          length += got;
        };
        const time = await took(op, count, concurrency);
        if (length !== count * bytes) throw new Error('returned a wrong value');
        return time;
      };
      entrants.push({ name, does, measure: await warmedUp(measured, 5 * slice, concurrency) });
    } catch (error) {
      missing[name] = String(error);
    }
  }
  const port = daemons[0]!.port;
  const socket = await connected(port);
  closing.push(() => socket.destroy());
  const key = await seeded(port, bytes, keys);
  const measured = (count: number): Promise<number> => bare(socket, key, concurrency, count);
  entrants.push({
    name: SOCKET,
    does: does(true, false, false, 'the limit: gets written and counted, values not read'),
    measure: await warmedUp(measured, 5 * slice, concurrency),
  });
  const close = async (): Promise<void> => {
    for (const one of closing) await one();
  };
  return { entrants, missing, close };
}

async function seeded(port: number, bytes: number, keys: number): Promise<(i: number) => string> {
  const socket = await connected(port);
  const prefix = `raw:${bytes}:`;
  const value = ''.padEnd(bytes, 'x');
  for (let i = 0; i < keys; i += 1) {
    socket.write(`set ${prefix}${i} 0 3600 ${bytes}\r\n${value}\r\n`);
    await once(socket, 'data');
  }
  socket.destroy();
  return (i) => `${prefix}${i % keys}`;
}

export function memcachedCases(ground: Ground, daemons: readonly Daemon[], quick: boolean): Case[] {
  const sizes = quick ? { '10 B': 10 } : { '10 B': 10, '1 kB': 1_000 };
  return Object.entries(sizes).flatMap(([size, bytes]) =>
    [1, 32, 512].map((concurrency) => ({
      group: `memcached hit, ${size}`,
      name: `${concurrency} at a time`,
      limit: SOCKET,
      prepare: () =>
        prepareReads(ground, clients, { bytes, concurrency, daemons: daemons.slice(0, 1) }),
    })),
  );
}

/** Calls while the server is down, beside the same calls without a cache. */
export function outageCases(ground: Ground, daemons: readonly Daemon[]): Case[] {
  const works = ['only multiplies', 'awaits one setImmediate', 'awaits a round trip to a process'];
  return works.map((name, at) => ({
    group: 'Breaker open',
    name: `the function ${name}`,
    limit: UNCACHED,
    prepare: () => prepareOutage(ground, daemons[0]!, at),
  }));
}

async function prepareOutage(
  { library, slice }: Ground,
  daemon: Daemon,
  at: number,
): Promise<Prepared> {
  const socket = await connected(daemon.port);
  const origins: ((n: number) => Promise<number>)[] = [
    async (n) => n * 2,
    async (n) => {
      await new Promise((resolve) => setImmediate(resolve));
      return n * 2;
    },
    (n) =>
      new Promise((resolve) => {
        socket.once('data', () => resolve(n * 2));
        socket.write('version\r\n');
      }),
  ];
  const origin = origins[at]!;
  const backend = library.memcached(`127.0.0.1:${await freePort()}`);
  const cache = library.createCache({ backend });
  const guarded = cache.memoize(origin, { key: `outage${at}:{0}` });
  await guarded(0); // opens the breaker
  const timed = (call: (n: number) => PromiseLike<number>) => async (count: number) => {
    let sum = 0;
    const op: Op = async (i) => {
      const got = await call(i);
      sum += got;
    };
    const time = await took(op, count);
    if (sum !== count * (count + 1)) throw new Error('returned a wrong value');
    return time;
  };
  return {
    entrants: [
      { name: UNCACHED, measure: await warmedUp(timed(origin), 4 * slice) },
      { name: 'memoaside', measure: await warmedUp(timed(guarded), 4 * slice) },
    ],
    close: () => {
      socket.destroy();
      return cache.close();
    },
  };
}
