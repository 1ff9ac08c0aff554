import * as memjsPackage from 'memjs';
import type { Reply } from './reply.js';

/** The part of a server that memjs's client uses. */
export interface MemjsServer {
  readonly host: string;
  readonly port: number | string;
  /** Time until which memjs skips this server. Not used: the breaker refuses requests instead. */
  readonly wakeupAt: undefined;
  onResponse(seq: number, answer: (reply: Reply) => void): void;
  onError(seq: number, fail: (error: Error) => void): void;
  write(blob: Buffer): void;
}

/** The part of memjs's client that is used here. */
export interface MemjsClient {
  /** Returns the index of a key's server. Called only if there are several. */
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

/** memjs with corrected types: its own declare a server as a class, and a server's index as a string. */
export const memjs = memjsPackage as unknown as Memjs;
