import { BackendError } from '../../../errors.js';
import {
  ADD,
  APPEND,
  type Command,
  DELETE,
  encode,
  FENCED_DELETE,
  FENCED_SET,
  GET,
  type Item,
  RENEW,
  SET,
  type StoredItem,
} from '../protocol/commands.js';
import { memjs, type MemjsClient } from '../protocol/memjs.js';
import { statusText } from '../protocol/protocol.js';
import type { Reply } from '../protocol/reply.js';
import type { Server } from './server.js';

/** What memjs calls the number of a request. Ours get theirs when they are sent: see `Request.stamp`. */
const SEQ = 0;

/**
 * The commands that a cache needs, through memjs. Keys are 1 to 250 bytes, already fit for memcached.
 * Each command settles within the servers' timeout. It rejects with a `BackendError` when the server
 * cannot be asked, does not answer in time, or refuses.
 */
export class Client {
  readonly #servers: readonly Server[];
  readonly #getServer: (key: string) => number;
  readonly #memjs: MemjsClient;

  /** `getServer` answers the index of the server to which a key belongs. */
  constructor(servers: readonly Server[], getServer: (key: string) => number = () => 0) {
    this.#servers = servers;
    this.#getServer = getServer;
    // One attempt: memjs would wait 200 ms, and repeat what must not be repeated. What may be repeated
    // the server sends again by itself. And failures are for the events, not for the console.
    const options = { retries: 1, logger: { log: () => undefined } };
    this.#memjs = new memjs.Client(servers, options);
    this.#memjs.getServer = getServer;
  }

  /**
   * Whether a command for the key would be refused at once: for who would rather not make it. `fit` makes
   * the key fit for memcached, and is asked only where the servers differ.
   */
  isDown(key: string, fitKey: (key: string) => string = String): boolean {
    let downCount = 0;
    for (const server of this.#servers) if (server.isDown) downCount += 1;
    if (downCount === 0 || downCount === this.#servers.length) return downCount > 0;
    return this.#serverOf(fitKey(key)).isDown;
  }

  /**
   * What `read` makes of the item under the key, whose value may be used until `read` returns; without
   * it a copy of the item. Rejects with what `read` throws. Asked again, once, when a connection that had
   * worked dies meanwhile.
   */
  get<T = StoredItem>(key: string, convert?: (item: StoredItem) => T): Promise<T | undefined> {
    return this.#perform(GET as Command<T | undefined>, key, undefined, undefined, convert);
  }

  /** Stores the item. With a CAS: unless the key was written, deleted or evicted since it had that one. */
  set(key: string, item: Item, cas?: Uint8Array): Promise<'stored' | 'fenced'> {
    return this.#perform<'stored' | 'fenced'>(cas ? FENCED_SET : SET, key, item, cas);
  }

  /** Stores the item if there is none, and answers its CAS. Else `undefined`. */
  add(key: string, item: Item): Promise<Uint8Array | undefined> {
    return this.#perform(ADD, key, item);
  }

  /** Stores the item in the place of the one with this CAS, and answers the new CAS; else `undefined`. */
  renew(key: string, item: Item, cas: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#perform(RENEW, key, item, cas);
  }

  /** Gives the item another CAS and answers it: every other CAS has lost its right. Else `undefined`. */
  changeCas(key: string): Promise<Uint8Array | undefined> {
    return this.#perform(APPEND, key);
  }

  /**
   * Removes the item, and answers whether there was one. With a CAS: only while the key has that one.
   * Without, asked again like `get`.
   */
  delete(key: string, cas?: Uint8Array): Promise<boolean> {
    return this.#perform(cas ? FENCED_DELETE : DELETE, key, undefined, cas);
  }

  /** Lets what is in flight finish, within so many milliseconds, and closes the connections. Final. */
  async close(options?: { readonly deadline?: number }): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.close(options)));
  }

  #perform<T>(
    command: Command<T>,
    key: string,
    item?: Item,
    cas?: Uint8Array,
    convert?: (item: StoredItem) => unknown,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const blob = encode(command, key, { item, cas });
      this.#memjs.perform(key, blob, SEQ, (error, reply) => {
        if (error) {
          reject(error);
        } else if (!command.accepts.includes(reply.status)) {
          reject(this.#statusError(command, key, reply));
        } else {
          try {
            resolve(command.parse(reply, convert));
          } catch (thrown) {
            reject(thrown);
          }
        }
      });
    });
  }

  #statusError({ name }: Command<unknown>, key: string, { status }: Reply): BackendError {
    const server = this.#serverOf(key).name;
    return new BackendError(`memcached ${server}: ${name}: ${statusText(status)}`);
  }

  #serverOf(key: string): Server {
    const server = this.#servers[this.#getServer(key)];
    if (!server) throw new BackendError(`memcached: no server for ${JSON.stringify(key)}`);
    return server;
  }
}
