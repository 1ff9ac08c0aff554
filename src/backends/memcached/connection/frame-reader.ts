import { HeaderOffset, HEADER_LENGTH, Status } from '../protocol/protocol.js';
import { Reply } from '../protocol/reply.js';

const RESPONSE_MAGIC = 0x81;
/** memcached's item limit can be set to 1 GiB and no higher. */
const MAX_BODY = 2 ** 30;

const EMPTY = Buffer.alloc(0);

/** Bytes of room for messages in pieces that are kept while nothing is under way. */
const MAX_IDLE_ASSEMBLY = 65_536;

/**
 * Cuts a stream of bytes into replies, each on what was received, or on a copy if it came in pieces. The
 * bytes of a reply are there until the next is asked for, since the room for it is used again. Of one that
 * comes in pieces every byte but the header's is copied once. Of a reply that is longer than the limit it
 * answers the header alone, as one that says 'too large', and passes over the rest. `next` throws at the
 * first byte that cannot belong to a reply, and at a length that no item has: nothing after it can be
 * trusted.
 */
export class FrameReader {
  readonly #limit: number;
  #chunk: Buffer = EMPTY;
  #offset = 0;
  #chunkEnd = 0;
  #assembly = EMPTY;
  /** A message of which a part has come: first its header alone, then the whole of it. */
  #partial: Buffer | undefined;
  #filled = 0;
  /** Bytes still to come of a body that nobody wants. */
  #bytesToSkip = 0;

  /** `limit`: the longest body to accept, in bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes the stream's next bytes, the chunk up to `end`. Call `next` until it has no more. */
  push(chunk: Buffer, end = chunk.length): void {
    this.#chunk = chunk;
    this.#offset = 0;
    this.#chunkEnd = end;
  }

  /** Gives up room that only large messages need. */
  releaseAssembly(): void {
    if (this.#partial === undefined && this.#assembly.length > MAX_IDLE_ASSEMBLY)
      this.#assembly = EMPTY;
  }

  /** The next whole message, or `undefined` until more has come. */
  next(): Reply | undefined {
    this.#skip();
    if (this.#partial) return this.#continuePartial(this.#partial);
    const available = this.#chunkEnd - this.#offset;
    if (available === 0) return this.#awaitChunk();
    if (available < HEADER_LENGTH) return this.#startPartial(HEADER_LENGTH);
    const length = this.#lengthAt(this.#chunk, this.#offset);
    if (length - HEADER_LENGTH > this.#limit) {
      const header = Buffer.from(this.#chunk.subarray(this.#offset, this.#offset + HEADER_LENGTH));
      this.#offset += HEADER_LENGTH;
      return this.#tooLarge(header, length);
    }
    if (available < length) return this.#startPartial(length);
    const start = this.#offset;
    this.#offset += length;
    return new Reply(this.#chunk, start, this.#offset);
  }

  #startPartial(length: number): undefined {
    if (this.#chunk[this.#offset] !== RESPONSE_MAGIC)
      throw new Error('no reply of the binary protocol');
    this.#partial = this.#assemblyFor(length);
    this.#filled = 0;
    this.#fill(this.#partial);
    return this.#awaitChunk();
  }

  #continuePartial(partial: Buffer): Reply | undefined {
    this.#fill(partial);
    if (this.#filled < partial.length) return this.#awaitChunk();
    const length = this.#lengthAt(partial, 0);
    if (length - HEADER_LENGTH > this.#limit) return this.#tooLarge(partial, length);
    if (length > partial.length) {
      this.#partial = this.#assemblyFor(length);
      if (this.#partial.buffer !== partial.buffer) partial.copy(this.#partial);
      return this.#continuePartial(this.#partial);
    }
    this.#partial = undefined;
    return new Reply(partial);
  }

  /** The reply as if it had no body, and were about a value that is too large. */
  #tooLarge(header: Buffer, length: number): Reply {
    this.#partial = undefined;
    this.#bytesToSkip = length - HEADER_LENGTH;
    header.writeUInt16BE(0, HeaderOffset.keyLength);
    header.writeUInt8(0, HeaderOffset.extrasLength);
    header.writeUInt16BE(Status.tooLarge, HeaderOffset.status); // as memcached itself says it
    header.writeUInt32BE(0, HeaderOffset.bodyLength);
    return new Reply(header);
  }

  #skip(): void {
    const skipped = Math.min(this.#bytesToSkip, this.#chunkEnd - this.#offset);
    this.#bytesToSkip -= skipped;
    this.#offset += skipped;
  }

  #fill(partial: Buffer): void {
    const copied = this.#chunk.copy(partial, this.#filled, this.#offset, this.#chunkEnd);
    this.#filled += copied;
    this.#offset += copied;
  }

  #assemblyFor(length: number): Buffer {
    // Nobody can be given what stood there before: it is filled before it is handed on.
    if (this.#assembly.length < length) this.#assembly = Buffer.allocUnsafeSlow(length);
    return this.#assembly.subarray(0, length);
  }

  /** The length of the whole message whose header is there. */
  #lengthAt(buffer: Buffer, offset: number): number {
    const bodyLength = buffer.readUInt32BE(offset + HeaderOffset.bodyLength);
    const keyLength = buffer.readUInt16BE(offset + HeaderOffset.keyLength);
    const extrasLength = buffer.readUInt8(offset + HeaderOffset.extrasLength);
    if (buffer[offset] !== RESPONSE_MAGIC) throw new Error('no reply of the binary protocol');
    if (keyLength + extrasLength > bodyLength) throw new Error('a reply shorter than its parts');
    if (bodyLength > MAX_BODY) throw new Error(`a reply of ${bodyLength} bytes`);
    return HEADER_LENGTH + bodyLength;
  }

  /** Lets go of the chunk. */
  #awaitChunk(): undefined {
    this.push(EMPTY);
    return undefined;
  }
}
