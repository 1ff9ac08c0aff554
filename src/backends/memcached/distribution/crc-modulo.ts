import { crc32 } from 'node:zlib';
import type { ServerAddress } from '../connection/address.js';

/**
 * The distribution of python-memcached: bits 16 to 30 of the key's CRC-32, or 1 if they are 0, modulo the
 * sum of the weights, of which each server has as many buckets as its weight. Returns a function from a
 * key to the index of its server. The order of the servers matters, and adding or removing a server moves
 * almost all keys.
 *
 * Source: `cmemcache_hash` and `_init_buckets` in python-memcached's memcache.py. It agrees with that
 * client while all servers are up. While one is down, that client uses another; this function does not.
 */
export function crcModulo(servers: readonly ServerAddress[]): (key: string) => number {
  const buckets = servers.flatMap(({ weight }, index) => Array<number>(weight).fill(index));
  return (key) => buckets[((crc32(key) >>> 16) & 0x7fff || 1) % buckets.length] ?? 0;
}
