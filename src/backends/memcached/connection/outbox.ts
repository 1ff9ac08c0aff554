import type { Socket } from 'node:net';

/** Bytes up to which copying a request costs less than another part of a gathered write. */
const MAX_COPIED = 16_384;

/** Requests that wait to be written, so that all requests of a tick need one system call. */
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

  flush(socket: Socket): void {
    const chunks = concatSmall(this.#blobs);
    this.#blobs = [];
    this.#bytes = 0;
    socket.cork();
    for (const chunk of chunks) socket.write(chunk);
    socket.uncork();
  }
}

/** Concatenates adjacent small requests, and leaves large ones uncopied. */
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
