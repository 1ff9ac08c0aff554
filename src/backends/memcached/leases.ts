import { createHash } from 'node:crypto';
import type { Leases } from '../../backend.js';
import type { Entry, FenceToken } from '../../entry.js';
import { BackendError } from '../../errors.js';
import type { Client } from './client/client.js';
import type { Item, StoredItem } from './protocol/commands.js';
import { fitKey } from './fit-key.js';
import { isPlaceholder } from './codec/flags.js';
import { placeholder } from './item/item.js';

/** Attempts of `takeOver`, each of which fails if another client changes the key between two commands. */
const ATTEMPTS = 4;

/**
 * Leases after Nishtala et al., "Scaling Memcache at Facebook" (NSDI 2013), on an unmodified memcached.
 * A lease is a placeholder under the key itself, and its fence token is the item's CAS. Any write or
 * delete of the key, by any client, ends the token and so fences the holder's fill.
 *
 * @param itemFor returns the item of an entry for a key and its fitted key; throws if it cannot be stored
 */
export function createLeases(
  client: Client,
  itemFor: (key: string, fittedKey: string, entry: Entry) => Item,
): Leases {
  /** Returns `undefined` if another client changed the key between two commands. */
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
      throw new BackendError(
        `memcached: the lease was not taken over: other clients changed the key in all ${ATTEMPTS} attempts`,
      );
    },
    refreshLeaseKey: (key, token) => refreshLeaseKey(key, casOf(token)),
    fill: async (key, entry, token) => {
      const fittedKey = fitKey(key);
      return client.set(fittedKey, itemFor(key, fittedKey, entry), casOf(token));
    },
    release: (key, token) => client.delete(fitKey(key), casOf(token)),
  };
}

/** Contains a SHA-256 of the key and the CAS, so that no other key or version of the entry shares it. */
function refreshLeaseKey(key: string, cas: Uint8Array): string {
  const digest = createHash('sha256').update(Buffer.from(key, 'utf16le')).update(cas);
  return `~claim:${digest.digest('hex')}`;
}

/** The token of an entry is the item that was read; the token of a lease is the CAS alone. */
function casOf(token: FenceToken): Uint8Array {
  return token instanceof Uint8Array ? token : (token as StoredItem).cas;
}
