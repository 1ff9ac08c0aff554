import type { Built } from '../built.js';
import { does, type Does, load } from './contestant.js';

/** Reads strings of a given size from memcached. They were written beforehand. */
export interface Reader {
  /** Reads key number `i` and returns the length of its value. */
  read(i: number): Promise<number>;
  close(): unknown;
}

export interface Setting {
  readonly library: Built;
  /** `host:port` of each server. */
  readonly servers: readonly string[];
  readonly bytes: number;
  readonly keys: number;
}

export interface Client {
  readonly name: string;
  readonly does: Does;
  /** Whether it can distribute keys over several servers. */
  readonly several: boolean;
  open(setting: Setting): Promise<Reader>;
}

const CLIENT = does(true, false, false, 'a client: keys, ttl and misses are the caller’s work');

const value = (bytes: number): string => ''.padEnd(bytes, 'x');
let openings = 0;

/** Writes all keys with `set`, a few at a time. */
async function written(
  { keys, bytes }: Setting,
  set: (key: string, value: string) => Promise<unknown>,
): Promise<(i: number) => string> {
  const prefix = `b${(openings += 1)}:${bytes}:`;
  const key = (i: number): string => `${prefix}${i % keys}`;
  for (let i = 0; i < keys; i += 1) await set(key(i), value(bytes));
  return key;
}

/** Wraps a call of a library that uses callbacks. */
function answered<T>(ask: (done: (error: unknown, value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) =>
    ask((error, value) => (error ? reject(error as Error) : resolve(value))),
  );
}

export const memoaside: Client = {
  name: 'memoaside',
  does: does(true, true, true, 'a memoized function, key by template'),
  several: true,
  open: async ({ library, servers, bytes, keys }) => {
    const backend = library.memcached([...servers], { timeout: '10s' });
    const cache = library.createCache({ backend, ttl: '1h' });
    const prefix = `b${(openings += 1)}:${bytes}`;
    let computed = 0;
    const find = cache.memoize(
      async (_n: number) => {
        computed += 1;
        return value(bytes);
      },
      { key: `${prefix}:{0}` },
    );
    for (let i = 0; i < keys; i += 1) await find(i);
    await cache.idle();
    return {
      read: async (i) => {
        const { length } = await find(i % keys);
        if (computed > keys) throw new Error('a call has missed: this is no time of hits');
        return length;
      },
      close: () => cache.close(),
    };
  },
};

export const STOCK = 'memjs';
export const memjs: Client = {
  name: STOCK,
  does: CLIENT,
  several: true,
  open: async (setting) => {
    const { default: module } = await load('memjs');
    const client = module.Client.create(setting.servers.join(','), { timeout: 10 });
    const key = await written(setting, (name, text) => client.set(name, text, { expires: 3_600 }));
    return {
      read: async (i) => ((await client.get(key(i))) as { value: Buffer }).value.length,
      close: () => client.close() as unknown,
    };
  },
};

export const clients: readonly Client[] = [
  memoaside,
  memjs,
  {
    name: 'memcache',
    does: CLIENT,
    several: true,
    open: async (setting) => {
      const { Memcache } = await load('memcache');
      const client = new Memcache({ nodes: [...setting.servers], timeout: 10_000 });
      await client.connect();
      const key = await written(setting, (name, text) => client.set(name, text, 3_600));
      return {
        read: async (i) => ((await client.get(key(i))) as string).length,
        close: () => client.disconnect() as unknown,
      };
    },
  },
  {
    name: 'memcached',
    does: CLIENT,
    several: true,
    open: async (setting) => {
      const { default: Memcached } = await load('memcached');
      const client = new Memcached([...setting.servers], { timeout: 10_000 });
      const key = await written(setting, (name, text) =>
        answered((done) => client.set(name, text, 3_600, done)),
      );
      return {
        read: async (i) => (await answered<string>((done) => client.get(key(i), done))).length,
        close: () => client.end() as unknown,
      };
    },
  },
  {
    name: 'memcache-client',
    does: CLIENT,
    several: false,
    open: async (setting) => {
      const { MemcacheClient } = await load('memcache-client');
      const client = new MemcacheClient({ server: setting.servers[0], cmdTimeout: 10_000 });
      const key = await written(setting, (name, text) =>
        client.set(name, text, { lifetime: 3_600 }),
      );
      return {
        read: async (i) => ((await client.get(key(i))) as { value: string }).value.length,
        close: () => client.shutdown() as unknown,
      };
    },
  },
];
