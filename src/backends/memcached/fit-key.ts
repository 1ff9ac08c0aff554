import { createHash } from 'node:crypto';

const MAX_BYTES = 250;
const READABLE_LENGTH = 120;
const DIGEST_INFIX = '~sha256:';

const printable = /^[\x21-\x7e]+$/;
const forbidden = /[\0-\x20\x7f]|\p{Surrogate}/u;
const fittedForm = new RegExp(`${DIGEST_INFIX}[0-9a-f]{64}$`);

/**
 * The key under which an entry lives on memcached, which takes 1 to 250 bytes without spaces and control
 * characters. A key within these limits is used exactly as it is; for any other the caller gets what is
 * readable of its first 120 characters, `~sha256:`, and the SHA-256 of its UTF-16LE code units in hex.
 * A key that itself ends like that is fitted too, so no two keys meet but by a collision of SHA-256.
 */
export function fitKey(key: string): string {
  return fitsAsIs(key) ? key : readablePart(key) + DIGEST_INFIX + digest(key);
}

function fitsAsIs(key: string): boolean {
  if (key.length === 0 || key.length > MAX_BYTES) return false;
  if (!printable.test(key) && (forbidden.test(key) || Buffer.byteLength(key) > MAX_BYTES))
    return false;
  return !fittedForm.test(key);
}

function readablePart(key: string): string {
  return key.slice(0, READABLE_LENGTH).replace(/[^\x21-\x7e]+/g, '_');
}

// UTF-8 would make all lone surrogates one.
function digest(key: string): string {
  return createHash('sha256').update(Buffer.from(key, 'utf16le')).digest('hex');
}
