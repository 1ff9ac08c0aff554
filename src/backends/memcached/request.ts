import type { Reply } from './memjs.js';
import { Opcode } from './protocol.js';

const OPAQUE_OFFSET = 12;
const CAS_OFFSET = 16;

/** One request, from the client's call until its reply or its failure. */
export class Request {
  readonly opcode: number;
  opaque = 0;
  /** The time of `now()` by which it is to be answered; `Infinity` until its tick has ended. */
  deadline = Infinity;
  #sent = 0;

  constructor(
    readonly blob: Buffer,
    readonly answer: (reply: Reply) => void,
    readonly fail: (error: Error) => void,
  ) {
    this.opcode = blob.readUInt8(1);
  }

  /** Puts the number under which this attempt will be recognised into the bytes. */
  stamp(opaque: number): void {
    this.opaque = opaque;
    this.blob.writeUInt32BE(opaque, OPAQUE_OFFSET);
    this.#sent += 1;
  }

  /**
   * Whether it may be sent once more although the first attempt may have arrived. Not one that stores: it
   * could undo what came between. Not one that is bound to a CAS: it would take its own effect for
   * somebody else's.
   */
  get repeatable(): boolean {
    if (this.#sent > 1) return false;
    if (this.opcode === Opcode.get) return true;
    return this.opcode === Opcode.delete && this.blob.readBigUInt64BE(CAS_OFFSET) === 0n;
  }
}
