const { imul } = Math;

/**
 * Returns MurmurHash3 (Austin Appleby; x86, 32 bits, seed 0) of a string as an unsigned number. It hashes
 * the lower 8 bits of each code unit: this is the standard hash for ASCII, and pymemcache's for any other
 * string. Why not a package: murmurhash hashes UTF-8, imurmurhash hashes 16-bit units.
 */
export function murmur3(text: string): number {
  const blocksEnd = text.length & ~3;
  let hash = 0;
  for (let offset = 0; offset < blocksEnd; offset += 4) {
    hash ^= mixBlock(readBlock(text, offset, 4));
    hash = (imul(rotateLeft(hash, 13), 5) + 0xe654_6b64) | 0;
  }
  if (blocksEnd < text.length)
    hash ^= mixBlock(readBlock(text, blocksEnd, text.length - blocksEnd));
  return finalMix(hash ^ text.length);
}

/** Reads up to four bytes as a little-endian number. */
function readBlock(text: string, offset: number, bytes: number): number {
  let value = 0;
  for (let index = offset + bytes - 1; index >= offset; index -= 1) {
    value = (value << 8) | (text.charCodeAt(index) & 0xff);
  }
  return value;
}

function mixBlock(block: number): number {
  return imul(rotateLeft(imul(block, 0xcc9e_2d51), 15), 0x1b87_3593);
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function finalMix(hash: number): number {
  const first = imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  const second = imul(first ^ (first >>> 13), 0xc2b2_ae35);
  return (second ^ (second >>> 16)) >>> 0;
}
