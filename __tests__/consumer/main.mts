// A program of a user's, compiled without @types/node against the packed package.
import { cacheOf, cached, createCache, KeyError, lru, memoize } from 'memoaside';
import { memcached } from 'memoaside/memcached';

declare const console: { log(text: string): void };

const square = memoize((n: number) => n * n, { ttl: '5m' });
const nine: number = square(3);
const sum: number = memoize((a: number, b = 2) => a + b)(1);

class Users {
  @cached({ ttl: '1m', key: (id) => id.toUpperCase() })
  async find(id: string): Promise<{ id: string }> {
    return { id };
  }
}

const users = new Users();
const found = await users.find('a');
const again = await users.find('A');
const forgotten: boolean = await cacheOf(users.find, users).invalidate('a');

const remote = createCache({ backend: memcached('127.0.0.1:1', { timeout: '50ms' }) });
const slow = remote.memoize((n: number) => n + 1, { name: 'slow' });
const answer: Promise<number> = slow(1);
const unknown: unknown = new KeyError('no key');
const code: string = unknown instanceof KeyError ? unknown.code : '';
const local = createCache({ backend: lru({ max: 10 }) });
const same: string = local.memoize((s: string) => s)('x');

if (
  nine !== 9 ||
  sum !== 3 ||
  found !== again ||
  !forgotten ||
  (await answer) !== 2 ||
  same !== 'x' ||
  code !== 'ERR_CACHE_KEY'
) {
  throw new Error('the packed package does not do what it says');
}
await remote.close();
console.log('ok');
