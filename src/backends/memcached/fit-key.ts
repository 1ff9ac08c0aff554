import { createHash } from 'node:crypto';

const MAX_BYTES = 250;
const READABLE_LENGTH = 120;
const DIGEST_INFIX = '~sha256:';

const printable = /^[\x21-\x7e]+$/;
const forbidden = /[\0-\x20\x7f]|\p{Surrogate}/u;
const fittedForm = new RegExp(`${DIGEST_INFIX}[0-9a-f]{64}$`);

/**
 * Returns the key under which an entry is stored on memcached. memcached's limit is 1 to 250 bytes
 * without spaces and control characters; a key within it is returned unchanged. Any other key becomes
 * its first 120 characters, with everything but printable ASCII replaced by `_`, then `~sha256:` and the
 * SHA-256 of its UTF-16LE code units in hex. A key that already ends like a fitted one is fitted as well,
 * so two keys share a fitted key only if SHA-256 collides.
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

// Not UTF-8, in which all lone surrogates have the same bytes.
function digest(key: string): string {
  return createHash('sha256').update(Buffer.from(key, 'utf16le')).digest('hex');
}
