/**
 * The 32-bit flags word of an item.
 *
 *     bits 0-4    type, as Python's clients have it (python-memcached, pymemcache, pylibmc)
 *     bits 5-7    always 0
 *     bits 8-9    kind: which of our forms the bytes have
 *     bits 10-31  metadata, see meta.ts
 *
 * Those clients ignore bits 8 to 31 beside a type bit, and reject them without one: bytes of type 0 go
 * without kind and metadata.
 */
export const TYPE = { bytes: 0, pickle: 1, integer: 2, long: 4, text: 16 } as const;

/** Beside a type: the bytes are compressed, in zlib's format (RFC 1950). */
export const ZLIB = 8;

/**
 * `marked` is JSON on text, and an integer that is a bigint; `rich` is text of devalue. `lease` is no
 * value: on a pickle of None it is the placeholder of a lease, beside which bits 27-31 hold a cost.
 */
export const KIND = { plain: 0, jsonOrBigint: 1 << 8, devalue: 2 << 8, lease: 3 << 8 } as const;

const CODEC_BITS = 0x3ff;
const TYPES_WITH_META = TYPE.pickle | TYPE.integer | TYPE.long | TYPE.text;

/** Whether metadata may stand in the flags: only beside a type bit. */
export function carriesMeta(flags: number): boolean {
  return (flags & TYPES_WITH_META) !== 0;
}

/** Whether the item is the placeholder of a lease. */
export function isPlaceholder(flags: number): boolean {
  return (flags & CODEC_BITS) === (TYPE.pickle | KIND.lease);
}

/** The part of the flags that says how to read the bytes: type, compression and kind. */
export function codecBits(flags: number): number {
  return carriesMeta(flags) ? flags & CODEC_BITS : flags >>> 0;
}
