import { HeaderOffset, HEADER_LENGTH, Status } from '../protocol/protocol.js';
import { Reply } from '../protocol/reply.js';
import type { Request } from '../protocol/request.js';
import type { RequestQueue } from './request-queue.js';

/** A batch of the largest items is 64 MB of replies, and a batch of the smallest is one packet. */
const MAX_BATCH = 64;

/** What the silence about a quiet get means. */
export const MISS = new Reply(notFoundMessage());

/**
 * Joins the gets that are sent in a row into batches, by making all but the last of a batch quiet.
 * memcached answers a quiet get only when there is an item, and it writes the replies of a batch
 * together. The last get is always answered: what is silent by then is a miss. Any other command ends a
 * batch, so that everything is sent in the order in which it was asked.
 */
export class QuietGets {
  #last: Request | undefined;
  #batchLength = 0;

  /** To be told of each request before it is sent. */
  add(request: Request): void {
    if (!request.isGet) {
      this.endBatch();
      return;
    }
    const continuesBatch = this.#last !== undefined && this.#batchLength < MAX_BATCH;
    if (continuesBatch) this.#last?.makeQuiet();
    this.#last = request;
    this.#batchLength = continuesBatch ? this.#batchLength + 1 : 1;
  }

  /** Ends the batch, since its bytes are written now. */
  endBatch(): void {
    this.#last = undefined;
  }
}

/**
 * How many gets at the head of the queue are passed over in silence, now that this reply has come.
 * `Infinity` if it answers nothing that may be answered next.
 */
export function countSilentGets({ opaque, opcode }: Reply, queue: RequestQueue): number {
  for (let index = 0; ; index += 1) {
    const request = queue.at(index);
    if (request === undefined) return Infinity;
    if (opaque === request.opaque && opcode === request.opcode) return index;
    if (!request.isQuiet) return Infinity;
  }
}

function notFoundMessage(): Buffer {
  const message = Buffer.alloc(HEADER_LENGTH);
  message.writeUInt16BE(Status.notFound, HeaderOffset.status);
  return message;
}
