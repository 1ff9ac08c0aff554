import { At, HEADER_LENGTH, Status } from '../protocol/protocol.js';
import { Reply } from '../protocol/reply.js';
import type { Request } from '../protocol/request.js';
import type { RequestQueue } from './request-queue.js';

/** A batch of the largest items is 64 MB of replies, and a batch of the smallest is one packet. */
const LARGEST_BATCH = 64;

/** What the silence about a quiet get means. */
export const MISS = new Reply(notFound());

/**
 * Joins the gets that are sent in a row into batches, by making all but the last of a batch quiet.
 * memcached answers a quiet get only when there is an item, and it writes the replies of a batch
 * together. The last get is always answered: what is silent by then is a miss. Any other command ends a
 * batch, so that everything is sent in the order in which it was asked.
 */
export class QuietGets {
  #last: Request | undefined;
  #length = 0;

  /** To be told of each request before it is sent. */
  add(request: Request): void {
    if (!request.reads) {
      this.end();
      return;
    }
    const joins = this.#last !== undefined && this.#length < LARGEST_BATCH;
    if (joins) this.#last?.hush();
    this.#last = request;
    this.#length = joins ? this.#length + 1 : 1;
  }

  /** Ends the batch, since its bytes are written now. */
  end(): void {
    this.#last = undefined;
  }
}

/**
 * How many gets at the head of the queue are passed over in silence, now that this reply has come.
 * `Infinity` if it answers nothing that may be answered next.
 */
export function silentBefore({ opaque, opcode }: Reply, queue: RequestQueue): number {
  for (let index = 0; ; index += 1) {
    const request = queue.at(index);
    if (request === undefined) return Infinity;
    if (opaque === request.opaque && opcode === request.opcode) return index;
    if (!request.quiet) return Infinity;
  }
}

function notFound(): Buffer {
  const message = Buffer.alloc(HEADER_LENGTH);
  message.writeUInt16BE(Status.notFound, At.status);
  return message;
}
