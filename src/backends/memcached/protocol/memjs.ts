import * as memjsPackage from 'memjs';
import type { Reply } from './reply.js';

/** What memjs's client touches of a server. */
export interface MemjsServer {
  readonly host: string;
  readonly port: number | string;
  /** Until when memjs would pass over this server. Never: the breaker does that. */
  readonly wakeupAt: undefined;
  onResponse(seq: number, answer: (reply: Reply) => void): void;
  onError(seq: number, fail: (error: Error) => void): void;
  write(blob: Buffer): void;
}

/** What we use of memjs's client. */
export interface MemjsClient {
  /** Which server a key belongs to; asked only when there are several. */
  getServer: (key: string) => number;
  perform(
    key: string,
    request: Buffer,
    seq: number,
    callback: (...outcome: [error: Error, reply: null] | [error: null, reply: Reply]) => void,
  ): void;
}

interface Memjs {
  readonly Client: new (
    servers: readonly MemjsServer[],
    options: { retries: number; logger: { log(): void } },
  ) => MemjsClient;
  readonly Utils: {
    readonly makeRequestBuffer: (
      opcode: number,
      key: Buffer | string,
      extras: Buffer,
      value: Buffer,
      opaque: number,
    ) => Buffer;
  };
}

/** memjs by what we use of it: its published types call a server a class, and a server's index a text. */
export const memjs = memjsPackage as unknown as Memjs;
