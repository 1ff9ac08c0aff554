/**
 * Types in the 32-bit flags of an item.
 *
 *     bits 0-4    type, with the values of python-memcached, pymemcache and pylibmc
 *     bits 5-7    always 0
 *     bits 8-9    kind: the form of the bytes within their type
 *     bits 10-31  metadata, see meta.ts
 *
 * These clients ignore bits 8 to 31 beside a type bit, and reject them without one. So `bytes`, which is
 * 0, has neither kind nor metadata.
 */
export const TYPE = { bytes: 0, pickle: 1, integer: 2, long: 4, text: 16 } as const;

/** Set beside a type: the bytes are compressed, in zlib's format (RFC 1950). */
export const ZLIB = 8;

/**
 * Kinds. `jsonOrBigint` with the type `text` is JSON, and with the type `integer` a bigint. `devalue` is
 * text that devalue wrote. `lease` is the placeholder of a lease: its type is `pickle`, its value None,
 * and bits 27-31 hold the cost.
 */
export const KIND = { plain: 0, jsonOrBigint: 1 << 8, devalue: 2 << 8, lease: 3 << 8 } as const;

const CODEC_BITS = 0x3ff;
const TYPES_WITH_META = TYPE.pickle | TYPE.integer | TYPE.long | TYPE.text;

/** Returns whether the flags have room for metadata, which needs a type bit. */
export function carriesMeta(flags: number): boolean {
  return (flags & TYPES_WITH_META) !== 0;
}

/** Returns whether the item is the placeholder of a lease. */
export function isPlaceholder(flags: number): boolean {
  return (flags & CODEC_BITS) === (TYPE.pickle | KIND.lease);
}

/** Returns the bits that the codec reads: type, compression and kind. */
export function codecBits(flags: number): number {
  return carriesMeta(flags) ? flags & CODEC_BITS : flags >>> 0;
}
