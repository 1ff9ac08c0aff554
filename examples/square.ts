/**
 * Squares that are expensive to work out, looked up first. Ten runs of two thousand calls with random
 * numbers: each run finds more of its answers in the cache than the one before.
 *
 *     npm start                                     in process
 *     MEMCACHE_SERVERS=localhost:11211 npm start    on memcached: a second start is fast at once
 *     npm start -- --decorator                      a decorated method instead of a wrapped function
 */
import { createCache, lru, type Backend } from '../src/index.js';
import { memcached } from '../src/memcached.js';

const LIMIT = 5000;
const RUNS = 10;
const CALLS = 2000;

/** Stands for real work: it keeps the processor busy for a millisecond. */
function workOut(n: number): number {
  const end = performance.now() + 1;
  while (performance.now() < end);
  return n * n;
}

const servers = process.env['MEMCACHE_SERVERS'];
const backend: Backend = servers ? memcached(servers) : lru();
const cache = createCache({ backend });

class Squares {
  @cache.cached({ key: 'sq:{0}' })
  async square(n: number): Promise<number> {
    return workOut(n);
  }
}

function chosen(): (n: number) => Promise<number> {
  if (!process.argv.includes('--decorator')) {
    const wrapped = cache.memoize(workOut, { key: 'sq:{0}' });
    return async (n) => wrapped(n);
  }
  const squares = new Squares();
  return (n) => squares.square(n);
}

const square = chosen();
console.error(
  servers ? `memcached at ${servers}` : 'in process (set MEMCACHE_SERVERS for memcached)',
);
console.log('Ten successive runs:');
for (let run = 0; run < RUNS; run += 1) {
  const began = performance.now();
  for (let call = 0; call < CALLS; call += 1) {
    await square(Math.floor(Math.random() * (LIMIT + 1)));
  }
  process.stdout.write(` ${((performance.now() - began) / 1000).toFixed(2)}s`);
}
process.stdout.write('\n');
const { hit, miss, error } = cache.stats();
console.error(`${hit} hits, ${miss} misses, ${error} errors`);
await cache.close();
