import { constants, deflateSync, inflateSync } from 'node:zlib';

/** Bytes that a compressed value may have once inflated: more is an attack, or nothing for a cache. */
export const MAX_INFLATED = 64 * 2 ** 20;

/** The bytes in zlib's format, or `undefined` where that would save less than an eighth. */
export function deflate(bytes: Uint8Array): Uint8Array | undefined {
  // The fastest level finds most of what there is to find in JSON, and this blocks the process.
  const smaller = deflateSync(bytes, { level: constants.Z_BEST_SPEED });
  return smaller.byteLength <= (bytes.byteLength * 7) / 8 ? smaller : undefined;
}

/** What was deflated. Throws what zlib throws at other bytes, and past `LARGEST_INFLATED`. */
export function inflate(bytes: Uint8Array): Uint8Array {
  return inflateSync(bytes, { maxOutputLength: MAX_INFLATED });
}
