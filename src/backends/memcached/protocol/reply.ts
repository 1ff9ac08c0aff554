import { HeaderOffset, HEADER_LENGTH } from './protocol.js';

/**
 * A reply of memcached. Its value is a view of the received bytes and is valid only while they are; the
 * other fields may be kept. (memjs makes five arrays of each reply, and a hit needs one.)
 */
export class Reply {
  readonly opcode: number;
  readonly status: number;
  readonly opaque: number;
  /** The flags of the item; 0 in a reply without an item. */
  readonly flags: number;
  readonly #casHigh: number;
  readonly #casLow: number;
  readonly #bytes: Buffer;
  readonly #valueStart: number;
  readonly #valueEnd: number;

  /** `bytes` from `start` to `end` must be one whole message. */
  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    const extrasLength = bytes.readUInt8(start + HeaderOffset.extrasLength);
    this.opcode = bytes.readUInt8(start + HeaderOffset.opcode);
    this.status = bytes.readUInt16BE(start + HeaderOffset.status);
    this.opaque = bytes.readUInt32BE(start + HeaderOffset.opaque);
    this.flags = extrasLength >= 4 ? bytes.readUInt32BE(start + HEADER_LENGTH) : 0;
    this.#casHigh = bytes.readUInt32BE(start + HeaderOffset.cas);
    this.#casLow = bytes.readUInt32BE(start + HeaderOffset.cas + 4);
    this.#bytes = bytes;
    this.#valueStart =
      start + HEADER_LENGTH + extrasLength + bytes.readUInt16BE(start + HeaderOffset.keyLength);
    this.#valueEnd = end;
  }

  /** 8 bytes that change with each write of the key. */
  get cas(): Uint8Array {
    const cas = Buffer.allocUnsafe(8);
    cas.writeUInt32BE(this.#casHigh, 0);
    cas.writeUInt32BE(this.#casLow, 4);
    return cas;
  }

  /** A view of the received bytes. */
  get value(): Uint8Array {
    return this.#bytes.subarray(this.#valueStart, this.#valueEnd);
  }
}
