import { handWritten } from '../loops.js';
import { type Contestant, does, HOUR, load, single } from './contestant.js';

/** The limit of every case in process: a closure over a Map, with the cheapest key. */
export const LIMIT = 'Map by hand';

const json = 'the usual key, JSON.stringify for objects';

/** Closures written by hand around a store. For asynchronous functions they store promises. */
export const stores: readonly Contestant[] = [
  {
    name: LIMIT,
    tellsApart: single,
    does: does(false, false, false, 'the limit: the cheapest key of each case, written by hand'),
    make: async ({ shape, fn }) => handWritten(shape, shape.key, new Map(), fn),
  },
  {
    name: 'Map, JSON key',
    does: does(false, false, false, 'JSON.stringify'),
    make: async ({ shape, fn }) =>
      shape.object ? handWritten(shape, shape.usual, new Map(), fn) : undefined,
  },
  {
    name: 'lru-cache by hand',
    tellsApart: single,
    does: does(true, true, false, json),
    make: async ({ shape, fn, max }) => {
      const { LRUCache } = await load('lru-cache');
      return handWritten(shape, shape.usual, new LRUCache({ max, ttl: HOUR }), fn);
    },
  },
  {
    name: 'quick-lru by hand',
    tellsApart: single,
    does: does(true, true, false, `${json}; keeps up to twice its bound`),
    make: async ({ shape, fn, max }) => {
      const { default: QuickLRU } = await load('quick-lru');
      return handWritten(shape, shape.usual, new QuickLRU({ maxSize: max, maxAge: HOUR }), fn);
    },
  },
  {
    name: 'ttlcache by hand',
    tellsApart: single,
    does: does(true, true, false, `${json}; evicts what ends first`),
    make: async ({ shape, fn, max, closing }) => {
      const { TTLCache } = await load('@isaacs/ttlcache');
      const cache = new TTLCache({ max, ttl: HOUR });
      closing.push(() => cache.clear() as unknown);
      return handWritten(shape, shape.usual, cache, fn);
    },
  },
];
