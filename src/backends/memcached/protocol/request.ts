import { HeaderOffset, Opcode } from './protocol.js';
import type { Reply } from './reply.js';

/** A request, from the client's call until its reply or failure, over one or two attempts. */
export class Request {
  /** The opcode on the wire, which is that of a quiet get after `makeQuiet`. */
  opcode: number;
  opaque = 0;
  /** The time of `monotonicNow()` at which it fails; `Infinity` until the end of the tick that sends it. */
  deadline = Infinity;
  readonly #commandOpcode: number;
  #attempts = 0;

  constructor(
    readonly blob: Buffer,
    readonly answer: (reply: Reply) => void,
    readonly fail: (error: Error) => void,
  ) {
    this.#commandOpcode = blob.readUInt8(HeaderOffset.opcode);
    this.opcode = this.#commandOpcode;
  }

  /** Begins an attempt: writes the number by which its reply is recognised into the bytes. */
  stamp(opaque: number): void {
    this.opaque = opaque;
    this.blob.writeUInt32BE(opaque, HeaderOffset.opaque);
    if (this.isQuiet) this.#writeOpcode(this.#commandOpcode);
    this.#attempts += 1;
  }

  get isGet(): boolean {
    return this.#commandOpcode === Opcode.get;
  }

  /** True for a get whose miss has no reply of its own, but is inferred from the reply to a later get. */
  get isQuiet(): boolean {
    return this.opcode === Opcode.quietGet;
  }

  /** Makes a get quiet for this attempt. To be called before its bytes are written. */
  makeQuiet(): void {
    this.#writeOpcode(Opcode.quietGet);
  }

  #writeOpcode(opcode: number): void {
    this.opcode = opcode;
    this.blob[HeaderOffset.opcode] = opcode;
  }

  /**
   * True if the request may be sent once more although the first attempt may have arrived. A store may
   * not: it could undo a write or delete that came between. Nor may a request with a CAS: it would take
   * the effect of its own first attempt for another client's write.
   */
  get isRepeatable(): boolean {
    if (this.#attempts > 1) return false;
    if (this.isGet) return true;
    return (
      this.#commandOpcode === Opcode.delete && this.blob.readBigUInt64BE(HeaderOffset.cas) === 0n
    );
  }
}
