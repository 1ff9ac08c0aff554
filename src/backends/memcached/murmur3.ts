/**
 * MurmurHash3 (Austin Appleby; x86, 32 bits, seed 0) of a text, as an unsigned number. Of each code point
 * the lowest 8 bits count, as in pymemcache, whose choice of a server this reproduces; for ASCII that is
 * the standard hash. Packages hash UTF-8 (murmurhash) or 16-bit units (imurmurhash) instead.
 */
export function murmur3(text: string): number {
  const bytes = text.replace(/[^\0-\uffff]/gu, (astral) =>
    String.fromCharCode((astral.codePointAt(0) ?? 0) & 0xff),
  );
  const whole = bytes.length & ~3;
  let hash = 0;
  for (let at = 0; at < whole; at += 4) {
    hash ^= scrambled(word(bytes, at, 4));
    hash = (Math.imul(rotated(hash, 13), 5) + 0xe654_6b64) | 0;
  }
  if (whole < bytes.length) hash ^= scrambled(word(bytes, whole, bytes.length - whole));
  return finished(hash ^ bytes.length);
}

/** A number of up to four bytes, the least significant first. */
function word(bytes: string, at: number, count: number): number {
  let value = 0;
  for (let index = count - 1; index >= 0; index -= 1) {
    value = (value << 8) | (bytes.charCodeAt(at + index) & 0xff);
  }
  return value;
}

function scrambled(block: number): number {
  return Math.imul(rotated(Math.imul(block, 0xcc9e_2d51), 15), 0x1b87_3593);
}

function rotated(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function finished(hash: number): number {
  const first = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  const second = Math.imul(first ^ (first >>> 13), 0xc2b2_ae35);
  return (second ^ (second >>> 16)) >>> 0;
}
