import { createHash } from 'node:crypto';
import type { Entry, Leases, FenceToken } from '../../backend.js';
import { BackendError } from '../../errors.js';
import type { Client } from './client/client.js';
import type { Item, StoredItem } from './protocol/commands.js';
import { fitKey } from './fit-key.js';
import { isPlaceholder } from './codec/flags.js';
import { placeholder } from './item/item.js';

/** How often to begin anew when others come between two commands. */
const ATTEMPTS = 4;

/**
 * Leases by the protocol of Nishtala et al., "Scaling Memcache at Facebook" (NSDI 2013), on a plain
 * memcached: the lease is a placeholder under the key itself, its token the item's CAS, so that a delete
 * or a write, whoever makes it, takes from everybody the right to fill.
 *
 * @param itemFor the item of an entry, for a key and its fitted key; throws if it cannot be stored
 */
export function createLeases(
  client: Client,
  itemFor: (key: string, fittedKey: string, entry: Entry) => Item,
): Leases {
  /** Nothing when others came between. */
  const takeOverOnce = async (key: string, ttl: number) => {
    const [cas, item] = await Promise.all([client.changeCas(key), client.get(key)]);
    if (cas === undefined) {
      const token = await client.add(key, placeholder(ttl));
      return token && { token, placeholder: true };
    }
    if (item === undefined || Buffer.compare(cas, item.cas) !== 0) return undefined;
    if (!isPlaceholder(item.flags)) return { token: cas, placeholder: false };
    const token = await client.renew(key, placeholder(ttl), cas);
    return token && { token, placeholder: true };
  };
  return {
    acquire: async (key, ttl, cost) =>
      (await client.add(fitKey(key), placeholder(ttl, cost))) ?? 'held',
    renew: async (key, token, ttl, cost) =>
      (await client.renew(fitKey(key), placeholder(ttl, cost), casOf(token))) ?? 'fenced',
    takeOver: async (key, ttl) => {
      const fittedKey = fitKey(key);
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const token = await takeOverOnce(fittedKey, ttl);
        if (token !== undefined) return token;
      }
      throw new BackendError('memcached: others write the key faster than it can be seized');
    },
    refreshLeaseKey: (key, token) => refreshLeaseKey(key, casOf(token)),
    fill: async (key, entry, token) => {
      const fittedKey = fitKey(key);
      return client.set(fittedKey, itemFor(key, fittedKey, entry), casOf(token));
    },
    release: (key, token) => client.delete(fitKey(key), casOf(token)),
  };
}

/** Nobody hits on such a key: it is a SHA-256 of the key and the CAS. */
function refreshLeaseKey(key: string, cas: Uint8Array): string {
  const digest = createHash('sha256').update(Buffer.from(key, 'utf16le')).update(cas);
  return `~claim:${digest.digest('hex')}`;
}

/** The token of an entry is the item as it was found; that of a lease its CAS alone. */
function casOf(token: FenceToken): Uint8Array {
  return token instanceof Uint8Array ? token : (token as StoredItem).cas;
}
