import { HeaderOffset, Opcode } from './protocol.js';
import type { Reply } from './reply.js';

/** One request, from the client's call until its reply or its failure. */
export class Request {
  /** As it goes on the wire: a get may be made quiet for one attempt. */
  opcode: number;
  opaque = 0;
  /** The time of `now()` by which it is to be answered; `Infinity` until its tick has ended. */
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

  /** Puts the number under which this attempt will be recognised into the bytes. */
  stamp(opaque: number): void {
    this.opaque = opaque;
    this.blob.writeUInt32BE(opaque, HeaderOffset.opaque);
    if (this.isQuiet) this.#writeOpcode(this.#commandOpcode);
    this.#attempts += 1;
  }

  /** Whether it is a get. */
  get isGet(): boolean {
    return this.#commandOpcode === Opcode.get;
  }

  /** Whether a miss is shown by the reply to a later request, and not by one of its own. */
  get isQuiet(): boolean {
    return this.opcode === Opcode.quietGet;
  }

  /** Makes a get quiet, for this attempt and before its bytes are written. */
  makeQuiet(): void {
    this.#writeOpcode(Opcode.quietGet);
  }

  #writeOpcode(opcode: number): void {
    this.opcode = opcode;
    this.blob[HeaderOffset.opcode] = opcode;
  }

  /**
   * Whether it may be sent once more although the first attempt may have arrived. Not one that stores: it
   * could undo what came between. Not one that is bound to a CAS: it would take its own effect for
   * somebody else's.
   */
  get isRepeatable(): boolean {
    if (this.#attempts > 1) return false;
    if (this.isGet) return true;
    return (
      this.#commandOpcode === Opcode.delete && this.blob.readBigUInt64BE(HeaderOffset.cas) === 0n
    );
  }
}
