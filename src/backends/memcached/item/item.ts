import type { Entry } from '../../../entry.js';
import { fromWallTime, monotonicNow } from '../../../platform/clock.js';
import type { Codec } from '../codec/codec.js';
import type { Item, StoredItem } from '../protocol/commands.js';
import { expiry, strictExpiry } from './expiry.js';
import { carriesMeta, codecBits, isPlaceholder, KIND, TYPE } from '../codec/flags.js';
import { maxLifetime, packCost, packMeta, unpackCost, unpackMeta } from './meta.js';

/**
 * Returns the item of an entry, or `undefined` if its flags have no room for metadata and its ttl is less
 * than a second.
 */
export function itemOf(entry: Entry, codec: Codec): Item | undefined {
  const { bytes: value, flags: codecFlags } = codec.encode(entry.value);
  const flags = codecBits(codecFlags); // the other bits are for metadata
  // In this order: if the process is suspended between the two, the entry ends early, not late.
  const wallNow = Date.now();
  const now = monotonicNow();
  const ttl = entry.freshUntil - now;
  if (carriesMeta(flags)) {
    const { keepUntil = entry.freshUntil } = entry;
    const lifetime = Math.max(ttl, Math.min(keepUntil - now, maxLifetime(ttl)));
    // An entry that never expires is never refreshed early, so its cost is of no use.
    const cost = ttl === Infinity ? undefined : entry.cost;
    const meta = packMeta({ freshUntil: wallNow + ttl, cost }, lifetime, wallNow);
    return { value, flags: (flags | meta) >>> 0, expiry: expiry(lifetime, wallNow) };
  }
  const wholeSeconds = strictExpiry(ttl, wallNow);
  return wholeSeconds === undefined ? undefined : { value, flags, expiry: wholeSeconds };
}

/** Returns the entry of an item. It is never fresh if the item is a placeholder or cannot be decoded. */
export function entryOf(item: StoredItem, codec: Codec): Entry {
  const { flags } = item;
  if (isPlaceholder(flags)) {
    const cost = unpackCost(flags);
    return { value: undefined, freshUntil: -Infinity, placeholder: true, token: item, cost };
  }
  let decoded: unknown;
  try {
    decoded = codec.decode(item.value, codecBits(flags));
  } catch (unreadable) {
    return { value: undefined, freshUntil: -Infinity, unreadable, token: item };
  }
  const { freshUntil, cost } = unpackMeta(flags, Date.now());
  return {
    value: decoded,
    freshUntil: freshUntil === Infinity ? Infinity : fromWallTime(freshUntil),
    cost,
    token: item,
  };
}

// The pickle of None, which Python's clients read as a miss.
const NONE = Buffer.from('N.');

/** Returns the item of a lease that lives for at least `ttl` milliseconds. */
export function placeholder(ttl: number, cost?: number): Item {
  const flags = (TYPE.pickle | KIND.lease | packCost(cost)) >>> 0;
  return { value: NONE, flags, expiry: expiry(ttl, Date.now()) };
}
