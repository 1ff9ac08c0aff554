import { isAscii, isUtf8 } from 'node:buffer';

import { CodecError, OptionError } from '../../../errors.js';
import { builtinName, describeValue } from '../../../platform/builtin-classes.js';
import { deflate, inflate } from './compression.js';
import { losslessForm } from './lossless.js';
import { codecBits, KIND, TYPE, ZLIB } from './flags.js';
import { parseBigint, parseInteger } from './integer.js';
import { pickleBytes, fromPickle } from './pickle.js';
import { fromDevalueText, devalueText } from './devalue-text.js';

/**
 * Bytes as they stand on memcached, and the lower ten bits of the flags, which say how to read them.
 * Flags with none of the bits 1, 2, 4 and 16 leave no room for the entry's fresh-until: its ttl then
 * counts in whole seconds, and it is never served stale.
 */
export interface Encoded {
  readonly bytes: Uint8Array;
  readonly flags: number;
}

/** Turns values into what memcached keeps, and back. Both ways may throw: the value is then not cached. */
export interface Codec {
  encode(value: unknown): Encoded;
  decode(bytes: Uint8Array, flags: number): unknown;
}

export interface CodecOptions {
  /**
   * Bytes of text from which a value is compressed, where that saves an eighth. It happens within the
   * call, at about 15 ms a megabyte; large values then fit into memcached's limit of 1 MiB. `false`
   * unless asked for, because pymemcache fails on a compressed string (python-memcached and pylibmc read
   * it). Compressed values are always read.
   *
   * @default false
   */
  readonly compress?: number | false | undefined;
}

/**
 * The codec that Python's clients understand. They read a string as `str`, an integer and a bigint as
 * `int`, a Buffer and a Uint8Array as `bytes`, and everything else as a `str` of JSON. Each value comes
 * back as what it was, or `encode` throws a CodecError that says what in it could not. `decode` throws
 * a CodecError at bytes that are none of these, and executes nothing.
 */
export function createCodec({ compress = false }: CodecOptions = {}): Codec {
  if (compress !== false && !(typeof compress === 'number' && compress >= 0)) {
    throw new OptionError(`compress: a number of bytes or false, but got ${String(compress)}`);
  }
  return {
    encode: (value) => {
      const encoded = withCodecErrors('kept', () => encode(value));
      return compress === false ? encoded : compressFrom(encoded, compress);
    },
    decode: (bytes, flags) => withCodecErrors('read', () => decode(bytes, codecBits(flags))),
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
    // A copy: the caller has the value by now, and may change it before it is sent.
    if (name === 'Buffer') return { bytes: Buffer.from(value as Uint8Array), flags: TYPE.bytes };
    // Raw bytes have no room for a mark, and to those of other programs a Buffer is the better answer:
    // it is a Uint8Array too.
    if (name === 'Uint8Array')
      return { bytes: pickleBytes(value as Uint8Array), flags: TYPE.pickle };
  }
  return form === 'json'
    ? { bytes: Buffer.from(JSON.stringify(value)), flags: TYPE.text | KIND.jsonOrBigint }
    : { bytes: Buffer.from(devalueText(value)), flags: TYPE.text | KIND.devalue };
}

// UTF-8 has no form for it; JSON escapes it.
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
      throw new CodecError(`cannot be read: unknown flags 0x${flags.toString(16)}`);
  }
}

/** Neither a window into the received bytes, which are used again, nor into Node's pool. */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(bytes.byteLength);
  copy.set(bytes);
  return copy;
}

function decodeUtf8(bytes: Uint8Array): string {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isAscii(buffer)) return buffer.toString('latin1'); // the same, and nothing is decoded
  if (!isUtf8(buffer)) throw new CodecError('cannot be read: not UTF-8');
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
