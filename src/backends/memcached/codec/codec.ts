import { isAscii, isUtf8 } from 'node:buffer';

import { CodecError, OptionError } from '../../../errors.js';
import { builtinName } from '../../../platform/builtin-classes.js';
import { describeValue } from '../../../platform/describe-value.js';
import { deflate, inflate } from './compression.js';
import { losslessForm } from './lossless.js';
import { codecBits, KIND, TYPE, ZLIB } from './flags.js';
import { parseBigint, parseInteger } from './integer.js';
import { pickleBytes, fromPickle } from './pickle.js';
import { fromDevalueText, devalueText } from './devalue-text.js';

/** An encoded value. */
export interface Encoded {
  /** The bytes to store. */
  readonly bytes: Uint8Array;
  /**
   * The lower ten bits of memcached's flags, which tell `decode` how to read the bytes; higher bits are
   * ignored. If none of the flags 1, 2, 4 and 16 is set, the entry has no metadata: its ttl is rounded
   * down to seconds and must be at least one, and it is never served stale.
   */
  readonly flags: number;
}

/** Converts values to bytes and back. */
export interface Codec {
  /** Encodes a value. If it throws, the value is returned to the caller but not stored. */
  encode(value: unknown): Encoded;
  /**
   * Decodes bytes with the flags that `encode` returned or another program wrote. It may keep the bytes.
   * If it throws, the call is a miss.
   */
  decode(bytes: Uint8Array, flags: number): unknown;
}

/** Options of the default codec. */
export interface CodecOptions {
  /**
   * Size in bytes from which an encoded string is compressed, if that saves at least an eighth; `false`
   * compresses nothing. Compression blocks the process for about 15 ms per megabyte. It is off by default
   * because pymemcache fails on a compressed string (python-memcached and pylibmc read it). Compressed
   * values are decoded in any case.
   *
   * @default false
   */
  readonly compress?: number | false | undefined;
}

/**
 * Creates the default codec, which Python's clients understand: they read a string as `str`, an integer
 * and a bigint as `int`, a Buffer and a Uint8Array as `bytes`, and any other value as a `str` of JSON.
 * `encode` throws a `CodecError` with the path of the part that would not survive a round trip. `decode`
 * throws a `CodecError` for bytes in none of these forms, and never executes code.
 */
export function createCodec({ compress = false }: CodecOptions = {}): Codec {
  if (compress !== false && !(typeof compress === 'number' && compress >= 0)) {
    throw new OptionError(
      `memcached: \`compress\` must be false or a number of bytes, 0 or more, but is ${describeValue(compress)}`,
    );
  }
  return {
    encode: (value) => {
      const encoded = withCodecErrors('encoded', () => encode(value));
      return compress === false ? encoded : compressFrom(encoded, compress);
    },
    decode: (bytes, flags) => withCodecErrors('decoded', () => decode(bytes, codecBits(flags))),
  };
}

function encode(value: unknown): Encoded {
  switch (typeof value) {
    case 'string':
      if (loneSurrogate.test(value)) break;
      return { bytes: Buffer.from(value), flags: TYPE.text };
    case 'number':
      if (!Number.isSafeInteger(value) || Object.is(value, -0)) break;
      return { bytes: Buffer.from(String(value)), flags: TYPE.integer };
  }
  const form = losslessForm(value);
  if (typeof value === 'bigint') {
    return { bytes: Buffer.from(String(value)), flags: TYPE.integer | KIND.jsonOrBigint };
  }
  if (ArrayBuffer.isView(value)) {
    const name = builtinName(value);
    // A copy: the caller may change the value before it is sent.
    if (name === 'Buffer') return { bytes: Buffer.from(value as Uint8Array), flags: TYPE.bytes };
    // As a pickle, because raw bytes, whose flags are 0, are decoded to a Buffer. That is the better
    // choice for bytes of other programs, since a Buffer is a Uint8Array too.
    if (name === 'Uint8Array')
      return { bytes: pickleBytes(value as Uint8Array), flags: TYPE.pickle };
  }
  return form === 'json'
    ? { bytes: Buffer.from(JSON.stringify(value)), flags: TYPE.text | KIND.jsonOrBigint }
    : { bytes: Buffer.from(devalueText(value)), flags: TYPE.text | KIND.devalue };
}

// UTF-8 cannot encode a lone surrogate; JSON escapes it.
const loneSurrogate = /\p{Surrogate}/u;

function compressFrom(plain: Encoded, threshold: number): Encoded {
  if ((plain.flags & TYPE.text) === 0 || plain.bytes.byteLength < threshold) return plain;
  const bytes = deflate(plain.bytes);
  return bytes === undefined ? plain : { bytes, flags: plain.flags | ZLIB };
}

function decode(bytes: Uint8Array, flags: number): unknown {
  const plain = (flags & ZLIB) === 0 ? bytes : inflate(bytes);
  switch (flags & ~ZLIB) {
    case TYPE.bytes:
      return copyBytes(plain);
    case TYPE.text:
      return decodeUtf8(plain);
    case TYPE.text | KIND.jsonOrBigint:
      return JSON.parse(decodeUtf8(plain)) as unknown;
    case TYPE.text | KIND.devalue:
      return fromDevalueText(decodeUtf8(plain));
    case TYPE.integer:
    case TYPE.long:
      return parseInteger(decodeUtf8(plain));
    case TYPE.integer | KIND.jsonOrBigint:
      return parseBigint(decodeUtf8(plain));
    case TYPE.pickle:
      return fromPickle(plain);
    default:
      throw new CodecError(`cannot be decoded: unknown flags 0x${flags.toString(16)}`);
  }
}

/** Returns a Buffer with memory of its own, outside the receive buffer and Node's pool. */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(bytes.byteLength);
  copy.set(bytes);
  return copy;
}

function decodeUtf8(bytes: Uint8Array): string {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isAscii(buffer)) return buffer.toString('latin1'); // the same string, without decoding
  if (!isUtf8(buffer)) throw new CodecError('cannot be decoded: the bytes are not valid UTF-8');
  return buffer.toString();
}

function withCodecErrors<T>(verb: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (error instanceof CodecError) throw error;
    // An error of another realm is not an `instanceof Error`.
    const isError = Object.prototype.toString.call(error) === '[object Error]';
    const reason = isError ? (error as Error).message : describeValue(error);
    throw new CodecError(`cannot be ${verb}: ${reason}`, { cause: error });
  }
}
