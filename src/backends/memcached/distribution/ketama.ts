import { hash } from 'node:crypto';
import { OptionError } from '../../../errors.js';
import type { ServerAddress } from '../connection/address.js';

const POINTS_PER_DIGEST = 4;
const POINTS_PER_SERVER = 160;
const DEFAULT_PORT = 11_211;

/** A point of the ring: a position from 0 to 2 ** 32 - 1, and the index of its server. */
interface Point {
  readonly position: number;
  readonly server: number;
}

/**
 * The weighted ketama ring of libmemcached under `KETAMA_WEIGHTED`, which pylibmc
 * (`behaviors={'ketama_weighted': True}`) and PHP's memcached (`OPT_LIBKETAMA_COMPATIBLE`) use too.
 * Returns a function from a key to the index of its server. Hosts are hashed as they are written, so all
 * clients need the same list. Adding or removing one of n servers moves about 1/n of the keys. The order
 * of the servers does not matter.
 *
 * Throws an `OptionError` if the weight of a server is too small beside the others' for it to get a key,
 * or if Node has no MD5 (FIPS).
 *
 * Source: `update_continuum` and `dispatch_host` in libmemcached's hosts.cc and hash.cc. Why not a
 * package: hashring counts the points in double precision, which gives another ring, of 7 equal servers
 * for example; ketama hashes with SHA-1.
 */
export function ketama(servers: readonly ServerAddress[]): (key: string) => number {
  checkMd5();
  const ring = pointsOf(servers).sort((a, b) => a.position - b.position || a.server - b.server);
  const positions = Uint32Array.from(ring, ({ position }) => position);
  const serverIndexes = ring.map(({ server }) => server);
  return (key) => {
    const point = lowerBound(positions, wordAt(md5(key), 0));
    return serverIndexes[point === positions.length ? 0 : point] ?? 0;
  };
}

function pointsOf(servers: readonly ServerAddress[]): Point[] {
  const total = servers.reduce((sum, { weight }) => sum + weight, 0);
  return servers.flatMap((address, server) => {
    const digests = digestCount(address.weight / total, servers.length);
    if (digests === 0) throw tooLight(address);
    return Array.from({ length: digests * POINTS_PER_DIGEST }, (_, point) => {
      const digest = md5(`${ketamaLabel(address)}-${Math.floor(point / POINTS_PER_DIGEST)}`);
      return { position: wordAt(digest, point % POINTS_PER_DIGEST), server };
    });
  });
}

/** Counts in single precision like libmemcached: 25 servers of weight 1 get 39 digests each, not 40. */
function digestCount(share: number, servers: number): number {
  const points = Math.fround(Math.fround(share) * POINTS_PER_SERVER);
  return Math.floor(Math.fround((points / POINTS_PER_DIGEST) * servers));
}

function ketamaLabel(address: ServerAddress): string {
  if ('path' in address) return `${address.path}:0`;
  return address.port === DEFAULT_PORT ? address.host : `${address.host}:${address.port}`;
}

/** Returns the index of the first element that is not less than the value. */
function lowerBound(ascending: Uint32Array, value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Returns 16 characters of one byte each: a string costs a third of what a Buffer does. */
function md5(text: string): string {
  return hash('md5', text, 'binary');
}

/** Returns one of the four 32-bit words of a digest, which are little-endian. */
function wordAt(digest: string, word: number): number {
  const offset = 4 * word;
  const low = digest.charCodeAt(offset) | (digest.charCodeAt(offset + 1) << 8);
  const high = digest.charCodeAt(offset + 2) | (digest.charCodeAt(offset + 3) << 8);
  return ((high << 16) | low) >>> 0;
}

function checkMd5(): void {
  try {
    md5('');
  } catch (cause) {
    throw new OptionError(
      "memcached: `distribution` 'ketama' needs MD5, which this Node does not have; write 'rendezvous'",
      { cause },
    );
  }
}

function tooLight({ name, weight }: ServerAddress): OptionError {
  return new OptionError(
    `memcached: server ${name} would get no keys: its weight, ${weight}, is less than 1/40 of the average`,
  );
}
