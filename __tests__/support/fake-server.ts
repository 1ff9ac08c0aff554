import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

const HEADER_LENGTH = 24;

/** A request, as a fake server sees it. */
export interface FakeRequest {
  readonly opcode: number;
  readonly opaque: number;
  readonly key: string;
  readonly body: Buffer;
}

/** The header and body of a reply. Any field can be wrong. */
export interface FakeReply {
  readonly magic?: number;
  readonly opcode?: number;
  readonly keyLength?: number;
  readonly extrasLength?: number;
  readonly status?: number;
  readonly bodyLength?: number;
  readonly opaque?: number;
  readonly flags?: number;
  readonly value?: string | Buffer;
}

/** The bytes of a reply to a get. */
export function replyBytes(reply: FakeReply): Buffer {
  const value = Buffer.from(reply.value ?? '');
  const bytes = Buffer.alloc(HEADER_LENGTH + 4 + value.length);
  bytes.writeUInt8(reply.magic ?? 0x81, 0);
  bytes.writeUInt8(reply.opcode ?? 0, 1);
  bytes.writeUInt16BE(reply.keyLength ?? 0, 2);
  bytes.writeUInt8(reply.extrasLength ?? 4, 4);
  bytes.writeUInt16BE(reply.status ?? 0, 6);
  bytes.writeUInt32BE(reply.bodyLength ?? 4 + value.length, 8);
  bytes.writeUInt32BE(reply.opaque ?? 0, 12);
  bytes.writeUInt32BE(reply.flags ?? 0, HEADER_LENGTH);
  value.copy(bytes, HEADER_LENGTH + 4);
  return bytes;
}

/** A server for bytes that no real memcached sends. */
export class FakeServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Connections accepted so far. */
  accepted = 0;

  private constructor(onRequest: (request: FakeRequest, socket: Socket) => void) {
    this.#server = createServer({ noDelay: true }, (socket) => {
      this.accepted += 1;
      this.#sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
      let bytes = Buffer.alloc(0);
      socket.on('data', (chunk) => {
        bytes = Buffer.concat([bytes, chunk]);
        for (;;) {
          const length = HEADER_LENGTH + (bytes.length < HEADER_LENGTH ? 0 : bytes.readUInt32BE(8));
          if (bytes.length < length) return;
          const request = requestOf(bytes.subarray(0, length));
          bytes = bytes.subarray(length);
          onRequest(request, socket);
        }
      });
    });
  }

  /** Starts a server that passes each request to `onRequest`. */
  static async start(
    onRequest: (request: FakeRequest, socket: Socket) => void,
    host = '127.0.0.1',
  ): Promise<FakeServer> {
    const fake = new FakeServer(onRequest);
    await new Promise<void>((resolve) => fake.#server.listen(0, host, resolve));
    return fake;
  }

  get address(): string {
    const { address, family, port } = this.#server.address() as AddressInfo;
    return `${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

function requestOf(bytes: Buffer): FakeRequest {
  const keyAt = HEADER_LENGTH + bytes.readUInt8(4);
  return {
    opcode: bytes.readUInt8(1),
    opaque: bytes.readUInt32BE(12),
    key: bytes.toString('utf8', keyAt, keyAt + bytes.readUInt16BE(2)),
    body: bytes.subarray(HEADER_LENGTH),
  };
}
