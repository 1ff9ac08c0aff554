import { createHash } from 'node:crypto';

const LONGEST = 250;
const PREFIX = 120;
const MARK = '~sha256:';

const printable = /^[\x21-\x7e]+$/;
const unfit = /[\0-\x20\x7f]|\p{Surrogate}/u;
const fitted = new RegExp(`${MARK}[0-9a-f]{64}$`);

/**
 * The key under which an entry lives on memcached, which takes 1 to 250 bytes without spaces and control
 * characters. A key within these limits is used exactly as it is; for any other the caller gets what is
 * readable of its first 120 characters, `~sha256:`, and the SHA-256 of its UTF-16LE code units in hex.
 * A key that itself ends like that is fitted too, so no two keys meet but by a collision of SHA-256.
 */
export function fitKey(key: string): string {
  return isOrdinary(key) ? key : readablePart(key) + MARK + digest(key);
}

function isOrdinary(key: string): boolean {
  if (key.length === 0 || key.length > LONGEST) return false;
  if (!printable.test(key) && (unfit.test(key) || Buffer.byteLength(key) > LONGEST)) return false;
  return !fitted.test(key);
}

function readablePart(key: string): string {
  return key.slice(0, PREFIX).replace(/[^\x21-\x7e]+/g, '_');
}

// UTF-8 would make all lone surrogates one.
function digest(key: string): string {
  return createHash('sha256').update(Buffer.from(key, 'utf16le')).digest('hex');
}
