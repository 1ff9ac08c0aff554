import { createHash } from 'node:crypto';
import type { Entry, Leases, Version } from '../../backend.js';
import { BackendError } from '../../errors.js';
import type { Client } from './client.js';
import type { Item } from './commands.js';
import { fitKey } from './fit-key.js';
import { placeholder } from './item.js';

/** How often to begin anew when others come between two commands. */
const ATTEMPTS = 4;

/**
 * Leases by the protocol of Nishtala et al., "Scaling Memcache at Facebook" (NSDI 2013), on a plain
 * memcached: the lease is a placeholder under the key itself, its token the item's CAS, so that a delete
 * or a write, whoever makes it, takes from everybody the right to fill.
 *
 * @param itemFor the item of an entry, for a key and that key fitted; throws if it cannot be stored
 */
export function leasesOn(
  client: Client,
  itemFor: (key: string, fitted: string, entry: Entry) => Item,
): Leases {
  return {
    acquire: async (key, ttl, cost) =>
      (await client.add(fitKey(key), placeholder(ttl, cost))) ?? 'held',
    renew: async (key, version, ttl, cost) =>
      (await client.renew(fitKey(key), placeholder(ttl, cost), casOf(version))) ?? 'fenced',
    seize: async (key, ttl) => {
      const fitted = fitKey(key);
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const touched = await client.touch(fitted);
        if (touched !== undefined) return { version: touched, created: false };
        const added = await client.add(fitted, placeholder(ttl));
        if (added !== undefined) return { version: added, created: true };
      }
      throw new BackendError('memcached: others write the key faster than it can be seized');
    },
    claim: async (key, version, ttl) =>
      (await client.add(claimKey(key, casOf(version)), placeholder(ttl))) !== undefined,
    fill: async (key, entry, version) => {
      const fitted = fitKey(key);
      return client.set(fitted, itemFor(key, fitted, entry), casOf(version));
    },
    release: (key, version) => client.delete(fitKey(key), casOf(version)),
  };
}

/**
 * Where a claim stands: a key of its own for each version of an entry, so that it need not be taken back
 * when the entry is replaced. No other key ends like this, see `fitKey`.
 */
function claimKey(key: string, cas: Uint8Array): string {
  const digest = createHash('sha256').update(Buffer.from(key, 'utf16le')).update(cas);
  return `~claim~sha256:${digest.digest('hex')}`;
}

function casOf(version: Version): Uint8Array {
  return version as Uint8Array;
}
