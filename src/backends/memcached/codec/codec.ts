import { isAscii, isUtf8 } from 'node:buffer';

import { CodecError, OptionError } from '../../../errors.js';
import { builtinName, describeValue } from '../../../platform/builtin-classes.js';
import { deflated, inflated } from './compression.js';
import { faithfulForm } from './lossless.js';
import { codecBits, KIND, TYPE, ZLIB } from './flags.js';
import { bigintFrom, integerFrom } from './integer.js';
import { bytesPickle, fromPickle } from './pickle.js';
import { fromRichText, richText } from './devalue-text.js';

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
      const encoded = orCodecError('kept', () => encode(value));
      return compress === false ? encoded : compressed(encoded, compress);
    },
    decode: (bytes, flags) => orCodecError('read', () => decode(bytes, codecBits(flags))),
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
  const form = faithfulForm(value);
  if (typeof value === 'bigint') {
    return { bytes: Buffer.from(String(value)), flags: TYPE.integer | KIND.marked };
  }
  if (ArrayBuffer.isView(value)) {
    const name = builtinName(value);
    // A copy: the caller has the value by now, and may change it before it is sent.
    if (name === 'Buffer') return { bytes: Buffer.from(value as Uint8Array), flags: TYPE.bytes };
    // Raw bytes have no room for a mark, and to those of other programs a Buffer is the better answer:
    // it is a Uint8Array too.
    if (name === 'Uint8Array')
      return { bytes: bytesPickle(value as Uint8Array), flags: TYPE.pickle };
  }
  return form === 'json'
    ? { bytes: Buffer.from(JSON.stringify(value)), flags: TYPE.text | KIND.marked }
    : { bytes: Buffer.from(richText(value)), flags: TYPE.text | KIND.rich };
}

// UTF-8 has no form for it; JSON escapes it.
const loneSurrogate = /\p{Surrogate}/u;

function compressed(plain: Encoded, from: number): Encoded {
  if ((plain.flags & TYPE.text) === 0 || plain.bytes.byteLength < from) return plain;
  const bytes = deflated(plain.bytes);
  return bytes === undefined ? plain : { bytes, flags: plain.flags | ZLIB };
}

function decode(bytes: Uint8Array, flags: number): unknown {
  const plain = (flags & ZLIB) === 0 ? bytes : inflated(bytes);
  switch (flags & ~ZLIB) {
    case TYPE.bytes:
      return ownCopy(plain);
    case TYPE.text:
      return textFrom(plain);
    case TYPE.text | KIND.marked:
      return JSON.parse(textFrom(plain)) as unknown;
    case TYPE.text | KIND.rich:
      return fromRichText(textFrom(plain));
    case TYPE.integer:
    case TYPE.long:
      return integerFrom(textFrom(plain));
    case TYPE.integer | KIND.marked:
      return bigintFrom(textFrom(plain));
    case TYPE.pickle:
      return fromPickle(plain);
    default:
      throw new CodecError(`cannot be read: unknown flags 0x${flags.toString(16)}`);
  }
}

/** Neither a window into the received bytes, which are used again, nor into Node's pool. */
export function ownCopy(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(bytes.byteLength);
  copy.set(bytes);
  return copy;
}

function textFrom(bytes: Uint8Array): string {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isAscii(buffer)) return buffer.toString('latin1'); // the same, and nothing is decoded
  if (!isUtf8(buffer)) throw new CodecError('cannot be read: not UTF-8');
  return buffer.toString();
}

function orCodecError<T>(verb: string, step: () => T): T {
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
