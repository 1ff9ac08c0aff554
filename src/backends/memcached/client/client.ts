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

/** memjs's number of a request, which is not used: `Request.stamp` numbers a request when it is sent. */
const SEQ = 0;

/**
 * The memcached commands that a cache needs, sent through memjs. Keys must already be fitted. Each
 * command settles within the servers' timeout. It rejects with a `BackendError` if the server is down,
 * does not answer in time, or answers with a failure.
 */
export class Client {
  readonly #servers: readonly Server[];
  readonly #getServer: (key: string) => number;
  readonly #memjs: MemjsClient;

  /** `getServer` returns the index of the server to which a key belongs. */
  constructor(servers: readonly Server[], getServer: (key: string) => number = () => 0) {
    this.#servers = servers;
    this.#getServer = getServer;
    // One attempt: memjs would wait 200 ms before the next, and repeat requests that must not be
    // repeated. `Server` resends those that may. Failures are reported as events, not on the console.
    const options = { retries: 1, logger: { log: () => undefined } };
    this.#memjs = new memjs.Client(servers, options);
    this.#memjs.getServer = getServer;
  }

  /**
   * Returns whether a command for the key would fail at once. `fitKey` is called only while some servers
   * are down and others are not.
   */
  isDown(key: string, fitKey: (key: string) => string = String): boolean {
    let downCount = 0;
    for (const server of this.#servers) if (server.isDown) downCount += 1;
    if (downCount === 0 || downCount === this.#servers.length) return downCount > 0;
    return this.#serverOf(fitKey(key)).isDown;
  }

  /**
   * Resolves to `convert(item)`, or to a copy of the item without `convert`; `undefined` if there is no
   * item. The item's value must not be used after `convert` has returned. Rejects with the error that
   * `convert` throws. The get is resent once if a connection that had worked is lost meanwhile.
   */
  get<T = StoredItem>(key: string, convert?: (item: StoredItem) => T): Promise<T | undefined> {
    return this.#perform(GET as Command<T | undefined>, key, undefined, undefined, convert);
  }

  /** Stores the item. With a CAS, only if the key still has that CAS; resolves to `'fenced'` otherwise. */
  set(key: string, item: Item, cas?: Uint8Array): Promise<'stored' | 'fenced'> {
    return this.#perform<'stored' | 'fenced'>(cas ? FENCED_SET : SET, key, item, cas);
  }

  /** Stores the item if the key has none, and resolves to its CAS; to `undefined` otherwise. */
  add(key: string, item: Item): Promise<Uint8Array | undefined> {
    return this.#perform(ADD, key, item);
  }

  /** Stores the item if the key still has this CAS, and resolves to the new CAS; else to `undefined`. */
  renew(key: string, item: Item, cas: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#perform(RENEW, key, item, cas);
  }

  /** Gives the item a new CAS, which fences older ones, and resolves to it; `undefined` without an item. */
  changeCas(key: string): Promise<Uint8Array | undefined> {
    return this.#perform(APPEND, key);
  }

  /**
   * Removes the item, and resolves to whether it did. With a CAS, only if the key still has that CAS.
   * Without one, the delete is resent like a get.
   */
  delete(key: string, cas?: Uint8Array): Promise<boolean> {
    return this.#perform(cas ? FENCED_DELETE : DELETE, key, undefined, cas);
  }

  /** Waits for the requests in flight, `deadline` milliseconds at most, and closes the servers. Final. */
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
