import { HeaderOffset, HEADER_LENGTH, Status } from '../protocol/protocol.js';
import { Reply } from '../protocol/reply.js';

const RESPONSE_MAGIC = 0x81;
/** memcached's item limit is at most 1 GiB. */
const MAX_BODY = 2 ** 30;

const EMPTY = Buffer.alloc(0);

/** Largest assembly buffer, in bytes, that is kept while no request is in flight. */
const MAX_IDLE_ASSEMBLY = 65_536;

/**
 * Cuts a stream of bytes into replies. A reply that lies within one chunk is a view of the chunk. A reply
 * that arrives in pieces is copied to an assembly buffer, each byte but the header's once. A reply is
 * valid only until the next call of `next`, because the assembly buffer is reused.
 *
 * A body longer than the limit is skipped, and the reply is its header with the status `tooLarge`. `next`
 * throws at a byte that cannot belong to a reply and at a length that no item has; the rest of the stream
 * cannot be trusted then.
 */
export class FrameReader {
  readonly #limit: number;
  #chunk: Buffer = EMPTY;
  #offset = 0;
  #chunkEnd = 0;
  #assembly = EMPTY;
  /** The reply that is being assembled: at first room for its header only, then for the whole. */
  #partial: Buffer | undefined;
  #filled = 0;
  /** Bytes still to be skipped of a body that is too long. */
  #bytesToSkip = 0;

  /** `limit` is the longest accepted body in bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds the next bytes of the stream, `chunk` up to `end`. Call `next` until it returns `undefined`. */
  push(chunk: Buffer, end = chunk.length): void {
    this.#chunk = chunk;
    this.#offset = 0;
    this.#chunkEnd = end;
  }

  /** Releases an assembly buffer that only large replies need. */
  releaseAssembly(): void {
    if (this.#partial === undefined && this.#assembly.length > MAX_IDLE_ASSEMBLY)
      this.#assembly = EMPTY;
  }

  /** Returns the next reply, or `undefined` if more bytes are needed. */
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
      throw new Error('bytes that are not a reply of the binary protocol');
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

  /** Returns the reply without its body and with the status `tooLarge`. */
  #tooLarge(header: Buffer, length: number): Reply {
    this.#partial = undefined;
    this.#bytesToSkip = length - HEADER_LENGTH;
    header.writeUInt16BE(0, HeaderOffset.keyLength);
    header.writeUInt8(0, HeaderOffset.extrasLength);
    header.writeUInt16BE(Status.tooLarge, HeaderOffset.status); // memcached's own status for such an item
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
    // Uninitialised memory is not disclosed: the buffer is filled before it is returned as a reply.
    if (this.#assembly.length < length) this.#assembly = Buffer.allocUnsafeSlow(length);
    return this.#assembly.subarray(0, length);
  }

  /** Returns the length of the message whose header begins at `offset`. */
  #lengthAt(buffer: Buffer, offset: number): number {
    const bodyLength = buffer.readUInt32BE(offset + HeaderOffset.bodyLength);
    const keyLength = buffer.readUInt16BE(offset + HeaderOffset.keyLength);
    const extrasLength = buffer.readUInt8(offset + HeaderOffset.extrasLength);
    if (buffer[offset] !== RESPONSE_MAGIC)
      throw new Error('bytes that are not a reply of the binary protocol');
    if (keyLength + extrasLength > bodyLength)
      throw new Error('a reply whose body is shorter than its parts');
    if (bodyLength > MAX_BODY) throw new Error(`a reply of ${bodyLength} bytes`);
    return HEADER_LENGTH + bodyLength;
  }

  /** Releases the chunk, of which every byte has been used. */
  #awaitChunk(): undefined {
    this.push(EMPTY);
    return undefined;
  }
}
