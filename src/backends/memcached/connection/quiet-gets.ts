import { HeaderOffset, HEADER_LENGTH, Status } from '../protocol/protocol.js';
import { Reply } from '../protocol/reply.js';
import type { Request } from '../protocol/request.js';
import type { RequestQueue } from './request-queue.js';

/** Gets. The replies to a batch are 64 MB for the largest items, and one packet for the smallest. */
const MAX_BATCH = 64;

/** The reply of a quiet get that the server has not answered. */
export const MISS = new Reply(notFoundMessage());

/**
 * Groups consecutive gets into batches, in which all gets but the last are quiet (GETQ of the binary
 * protocol). memcached answers a quiet get only if there is an item, and it writes the replies of a batch
 * together. The last get is always answered; a quiet get without a reply by then is a miss. Any other
 * command ends the batch, so that the order of the requests is kept.
 */
export class QuietGets {
  #last: Request | undefined;
  #batchLength = 0;

  /** To be called with each request, in order, before it is written. */
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

  /** Ends the batch. To be called when its bytes are written. */
  endBatch(): void {
    this.#last = undefined;
  }
}

/**
 * Returns the number of quiet gets at the head of the queue that this reply shows to be misses, or
 * `Infinity` if it answers no request whose reply may come next.
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
