import { HEADER_LENGTH } from './frame-reader.js';

/**
 * A message of memcached's, read from the bytes in which it came when it is asked: memjs would make five
 * arrays of each, and a hit has a use for one.
 */
export class Reply {
  readonly opcode: number;
  readonly status: number;
  readonly opaque: number;
  readonly #message: Buffer;

  /** The bytes of one whole message: see `FrameReader`. */
  constructor(message: Buffer) {
    this.opcode = message.readUInt8(1);
    this.status = message.readUInt16BE(6);
    this.opaque = message.readUInt32BE(12);
    this.#message = message;
  }

  /** The word that memcached keeps beside a value; 0 in a reply that brings none. */
  get flags(): number {
    return this.#extrasLength >= 4 ? this.#message.readUInt32BE(HEADER_LENGTH) : 0;
  }

  /** 8 bytes that change with each write of the key: a view. */
  get cas(): Uint8Array {
    return this.#message.subarray(16, HEADER_LENGTH);
  }

  /** A view. */
  get value(): Uint8Array {
    const keyLength = this.#message.readUInt16BE(2);
    return this.#message.subarray(HEADER_LENGTH + this.#extrasLength + keyLength);
  }

  get #extrasLength(): number {
    return this.#message.readUInt8(4);
  }
}
