import type { Socket } from 'node:net';

/** Up to this many bytes, copying costs less than a further part of a gathered write. */
const SMALL = 16_384;

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
    const parts = joinSmall(this.#blobs);
    this.#blobs = [];
    this.#bytes = 0;
    socket.cork();
    for (const part of parts) socket.write(part);
    socket.uncork();
  }
}

/** Joins neighbours that are small; leaves the large ones uncopied. */
function joinSmall(blobs: Buffer[]): Buffer[] {
  if (blobs.length < 2) return blobs;
  const parts: Buffer[] = [];
  let small: Buffer[] = [];
  for (const blob of blobs) {
    if (blob.length <= SMALL) {
      small.push(blob);
      continue;
    }
    if (small.length > 0) parts.push(Buffer.concat(small));
    small = [];
    parts.push(blob);
  }
  if (small.length > 0) parts.push(Buffer.concat(small));
  return parts;
}
