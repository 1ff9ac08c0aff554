import { At, Opcode } from './protocol.js';
import type { Reply } from './reply.js';

/** One request, from the client's call until its reply or its failure. */
export class Request {
  /** As it goes on the wire: a get may be made quiet for one attempt. */
  opcode: number;
  opaque = 0;
  /** The time of `now()` by which it is to be answered; `Infinity` until its tick has ended. */
  deadline = Infinity;
  readonly #command: number;
  #sent = 0;

  constructor(
    readonly blob: Buffer,
    readonly answer: (reply: Reply) => void,
    readonly fail: (error: Error) => void,
  ) {
    this.#command = blob.readUInt8(At.opcode);
    this.opcode = this.#command;
  }

  /** Puts the number under which this attempt will be recognised into the bytes. */
  stamp(opaque: number): void {
    this.opaque = opaque;
    this.blob.writeUInt32BE(opaque, At.opaque);
    if (this.quiet) this.#writeOpcode(this.#command);
    this.#sent += 1;
  }

  /** Whether it is a get. */
  get reads(): boolean {
    return this.#command === Opcode.get;
  }

  /** Whether a miss is shown by the reply to a later request, and not by one of its own. */
  get quiet(): boolean {
    return this.opcode === Opcode.quietGet;
  }

  /** Makes a get quiet, for this attempt and before its bytes are written. */
  hush(): void {
    this.#writeOpcode(Opcode.quietGet);
  }

  #writeOpcode(opcode: number): void {
    this.opcode = opcode;
    this.blob[At.opcode] = opcode;
  }

  /**
   * Whether it may be sent once more although the first attempt may have arrived. Not one that stores: it
   * could undo what came between. Not one that is bound to a CAS: it would take its own effect for
   * somebody else's.
   */
  get repeatable(): boolean {
    if (this.#sent > 1) return false;
    if (this.reads) return true;
    return this.#command === Opcode.delete && this.blob.readBigUInt64BE(At.cas) === 0n;
  }
}
