import type { Socket } from 'node:net';
import { Opcode, Status } from '../../src/backends/memcached/protocol/protocol.js';
import { type FakeRequest, FakeServer, replyBytes } from './fake-server.js';

const AUTH_ERROR = 0x20;
const ITEM_EXTRAS = 8;

/** A memcached that keeps items for ever, and serves only connections that have logged in. */
export class GuardedMemcached {
  readonly #secret: string;
  readonly #items = new Map<string, { flags: number; value: Buffer }>();
  readonly #loggedIn = new WeakSet<Socket>();
  #server!: FakeServer;
  /** Number of requests other than logins on connections that had not logged in. */
  intruders = 0;

  private constructor(username: string, password: string) {
    this.#secret = `PLAIN\0${username}\0${password}`;
  }

  static async start(username: string, password: string): Promise<GuardedMemcached> {
    const guarded = new GuardedMemcached(username, password);
    guarded.#server = await FakeServer.start((request, socket) => guarded.#serve(request, socket));
    return guarded;
  }

  get address(): string {
    return this.#server.address;
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  #serve(request: FakeRequest, socket: Socket): void {
    const { opcode, opaque, key, body } = request;
    if (opcode === Opcode.login) {
      const right = body.toString() === this.#secret;
      if (right) this.#loggedIn.add(socket);
      socket.write(replyBytes({ opcode, opaque, status: right ? Status.ok : AUTH_ERROR }));
      return;
    }
    if (!this.#loggedIn.has(socket)) this.intruders += 1;
    else if (opcode === Opcode.get || opcode === Opcode.quietGet) this.#get(request, socket);
    else {
      const value = body.subarray(ITEM_EXTRAS + Buffer.byteLength(key));
      if (opcode === Opcode.set) this.#items.set(key, { flags: body.readUInt32BE(0), value });
      else this.#items.delete(key);
      socket.write(replyBytes({ opcode, opaque }));
    }
  }

  #get({ opcode, opaque, key }: FakeRequest, socket: Socket): void {
    const item = this.#items.get(key);
    if (item) socket.write(replyBytes({ opcode, opaque, ...item }));
    else if (opcode === Opcode.get) {
      socket.write(replyBytes({ opcode, opaque, status: Status.notFound }));
    }
  }
}
