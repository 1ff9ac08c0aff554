import { hash } from 'node:crypto';
import { OptionError } from '../../../errors.js';
import type { ServerAddress } from '../connection/address.js';

const POINTS_PER_DIGEST = 4;
const POINTS_PER_SERVER = 160;
const DEFAULT_PORT = 11_211;

interface Point {
  readonly position: number;
  readonly server: number;
}

/**
 * The weighted ketama ring, as libmemcached builds it under `KETAMA_WEIGHTED`: answers the index of the
 * server that a key of libmemcached, pylibmc (`behaviors={'ketama_weighted': True}`) or PHP's memcached
 * (`OPT_LIBKETAMA_COMPATIBLE`) goes to. Hosts count as they are written: use one list everywhere. One
 * server more or less, of n, moves about 1/n of the keys. The order of the servers does not matter.
 *
 * Throws an `OptionError` for a server whose weight is too small beside the others' to get a key, and
 * where Node has no MD5 (FIPS).
 *
 * After `update_continuum` and `dispatch_host` in libmemcached's hosts.cc and hash.cc. Why not a package:
 * hashring counts the points in double precision and so builds another ring, of 7 equal servers for
 * example; ketama hashes with SHA-1.
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

/** In single precision, as libmemcached counts: 25 servers of weight 1 get 39 digests each, not 40. */
function digestCount(share: number, servers: number): number {
  const points = Math.fround(Math.fround(share) * POINTS_PER_SERVER);
  return Math.floor(Math.fround((points / POINTS_PER_DIGEST) * servers));
}

function ketamaLabel(address: ServerAddress): string {
  if ('path' in address) return `${address.path}:0`;
  return address.port === DEFAULT_PORT ? address.host : `${address.host}:${address.port}`;
}

/** The index of the first that is not smaller. */
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

/** 16 characters, each a byte: a text costs a third of what a buffer does. */
function md5(text: string): string {
  return hash('md5', text, 'binary');
}

/** One of the four words of a digest, least significant byte first. */
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
      "distribution: this Node has no MD5, which 'ketama' needs; write 'rendezvous'",
      { cause },
    );
  }
}

function tooLight({ name, weight }: ServerAddress): OptionError {
  return new OptionError(
    `servers: ${name} would get no keys: its weight, ${weight}, is less than 1/40 of the average`,
  );
}
