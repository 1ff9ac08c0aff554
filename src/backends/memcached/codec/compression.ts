import { constants, deflateSync, inflateSync } from 'node:zlib';

/** Largest accepted size in bytes of an inflated value: more is an attack, or unfit for a cache. */
export const MAX_INFLATED = 64 * 2 ** 20;

/** Returns the bytes in zlib's format (RFC 1950), or `undefined` if that saves less than an eighth. */
export function deflate(bytes: Uint8Array): Uint8Array | undefined {
  // Blocks the process, and the fastest level saves nearly as much on JSON as the slower ones.
  const smaller = deflateSync(bytes, { level: constants.Z_BEST_SPEED });
  return smaller.byteLength <= (bytes.byteLength * 7) / 8 ? smaller : undefined;
}

/** Inverse of `deflate`. Throws zlib's error for other bytes, and for more than `MAX_INFLATED`. */
export function inflate(bytes: Uint8Array): Uint8Array {
  return inflateSync(bytes, { maxOutputLength: MAX_INFLATED });
}
