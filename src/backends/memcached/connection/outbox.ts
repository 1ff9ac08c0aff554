import type { Socket } from 'node:net';

/** Up to this many bytes, copying costs less than a further part of a gathered write. */
const MAX_COPIED = 16_384;

/** What waits to be written: requests gathered, so that all of one tick leave in one system call. */
export class Outbox {
  #blobs: Buffer[] = [];
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  add(blob: Buffer): void {
    this.#blobs.push(blob);
    this.#bytes += blob.length;
  }

  /** Writes everything in one go. */
  flush(socket: Socket): void {
    const chunks = concatSmall(this.#blobs);
    this.#blobs = [];
    this.#bytes = 0;
    socket.cork();
    for (const chunk of chunks) socket.write(chunk);
    socket.uncork();
  }
}

/** Joins neighbours that are small; leaves the large ones uncopied. */
function concatSmall(blobs: Buffer[]): Buffer[] {
  if (blobs.length < 2) return blobs;
  const chunks: Buffer[] = [];
  let small: Buffer[] = [];
  for (const blob of blobs) {
    if (blob.length <= MAX_COPIED) {
      small.push(blob);
      continue;
    }
    if (small.length > 0) chunks.push(Buffer.concat(small));
    small = [];
    chunks.push(blob);
  }
  if (small.length > 0) chunks.push(Buffer.concat(small));
  return chunks;
}
