import { crc32 } from 'node:zlib';
import type { ServerAddress } from '../connection/address.js';

/**
 * As python-memcached distributes keys, which is what the book's programs do: bits 16 to 30 of the key's
 * CRC-32 (never 0) modulo the number of servers, each counted as often as its weight says. Answers the
 * server's index. The order of the servers matters, and one server more or less, of n, moves almost all
 * keys.
 *
 * After `cmemcache_hash` and `_init_buckets` in python-memcached's memcache.py. It agrees with it while
 * all servers are up: python-memcached looks for a neighbour when one is down, and we do not.
 */
export function crcModulo(servers: readonly ServerAddress[]): (key: string) => number {
  const buckets = servers.flatMap(({ weight }, index) => Array<number>(weight).fill(index));
  return (key) => buckets[((crc32(key) >>> 16) & 0x7fff || 1) % buckets.length] ?? 0;
}
