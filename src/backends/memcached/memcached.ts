import type { Backend } from '../../backend.js';
import type { Entry } from '../../entry.js';
import { milliseconds, type Duration } from '../../options/duration.js';
import { CodecError, OptionError } from '../../errors.js';
import { callListener } from '../../events.js';
import { checkFunction, checkOptionNames } from '../../options/checks.js';
import { describeValue } from '../../platform/describe-value.js';
import { parseServers } from './connection/address.js';
import { Client } from './client/client.js';
import { createCodec, copyBytes, type Codec } from './codec/codec.js';
import type { Item, StoredItem } from './protocol/commands.js';
import { distribute, type DistributionName } from './distribution/distribution.js';
import { fitKey } from './fit-key.js';
import { entryOf, itemOf } from './item/item.js';
import { createLeases } from './leases.js';
import type { ServerEvent } from './client/server-event.js';
import { Server } from './client/server.js';

/** Options of `memcached`. */
export interface MemcachedOptions {
  /**
   * Time limit of one operation, connecting included: 1 ms to 1 minute, a number is in milliseconds. An
   * operation that exceeds it fails. A call that misses waits for a look-up and a lease, each for this
   * long at most, before it computes.
   *
   * @default 250
   */
  readonly timeout?: Duration | undefined;
  /**
   * Size in bytes from which the encoded string of a value is compressed, 0 or more; `false` compresses
   * nothing. Compression blocks the process for about 15 ms per megabyte, and pymemcache cannot read
   * compressed strings. A string that it would shrink by less than an eighth is stored uncompressed.
   * Has no effect with `codec`.
   *
   * @default false
   */
  readonly compress?: number | false | undefined;
  /** Replaces the default codec, which writes values that Python's clients can read. */
  readonly codec?: Codec | undefined;
  /**
   * The server's item limit in bytes (its `-I`), a whole number from 1024 to 2 ** 30. A value that
   * exceeds it together with its key and header is returned to the caller but not stored.
   *
   * @default 1_048_576
   */
  readonly maxItem?: number | undefined;
  /**
   * Options of Node's `tls.connect` for connections over TLS, such as `{ ca, cert, key, servername }`, or
   * `true` for its defaults. Without it, or with `false`, connections are plain TCP.
   */
  readonly tls?: boolean | Readonly<Record<string, unknown>> | undefined;
  /**
   * How keys are distributed over several servers. `'ketama'` is the ring of libmemcached, and so of
   * pylibmc and PHP, under `KETAMA_WEIGHTED`. `'rendezvous'` agrees with pymemcache's `HashClient` while
   * all weights are equal. `'python-memcached'` agrees with that client. All clients of the servers need
   * the same distribution and the same list, with host names written alike. Adding one server to n moves
   * about 1/n of the keys, or almost all of them with `'python-memcached'`. While a server is down, calls
   * for its keys compute; the keys of the other servers are not affected.
   *
   * @default 'ketama'
   */
  readonly distribution?: DistributionName | undefined;
  /**
   * Called when a server is found to be down, when it is back, and when a reply could not be delivered.
   * An error that it throws is ignored.
   */
  readonly onEvent?: ((event: ServerEvent) => void) | undefined;
}

const OPTION_NAMES = ['timeout', 'compress', 'codec', 'maxItem', 'tls', 'distribution', 'onEvent'];
const DEFAULT_TIMEOUT = 250;
const DEFAULT_MAX_ITEM = 1_048_576;
/** Bytes that memcached needs for an item beside its key and value: header, CAS and flags. */
const ITEM_OVERHEAD = 80;
/** Bytes that a reply may have beside the value, for key and header. */
const REPLY_OVERHEAD = 4_096;

/** The backend that `memcached` returns: asynchronous, and shared by processes. */
export interface MemcachedBackend extends Backend {
  readonly sync: false;
  readonly shared: true;
  /**
   * Waits for the operations in flight, `timeout` at most, and closes the connections. Later operations
   * fail at once. May be called again.
   */
  close(): Promise<void>;
}

/**
 * Creates a backend that stores entries on one or several memcached servers, in a form that programs in
 * other languages can read. It opens no connection before the first operation, and an idle connection
 * does not keep the process alive. While a server does not answer, operations on its keys fail at once,
 * except for one at a time that probes whether it is back.
 *
 * @param servers an array of addresses, or a string with commas between them: `'host'`, `'host:port'`,
 * `'[::1]:11211'`, `'/path/to.sock'`, or `'user:password@host:port'` for SASL. The default port is
 * 11211. A second number, as in `'host:port:3'`, is the server's weight, 1 to 1000 and 1 by default: its
 * share of the keys. Without servers the environment variables `MEMCACHIER_SERVERS` or
 * `MEMCACHE_SERVERS` list them; if neither is set, the server is `localhost:11211`.
 * @throws OptionError for an unknown option, or an address or an option that is not valid
 */
export function memcached(
  servers?: string | readonly string[],
  options: MemcachedOptions = {},
): MemcachedBackend {
  checkOptionNames('memcached', options, OPTION_NAMES);
  checkFunction('onEvent', options.onEvent);
  checkCodec(options.codec);
  const { tls, onEvent, compress = false } = options;
  const codec = options.codec ? decodingCopies(options.codec) : createCodec({ compress });
  const timeout = timeoutOf(options.timeout);
  const maxItem = maxItemOf(options.maxItem);
  const addresses = parseServers(servers, process.env);
  const client = new Client(
    addresses.map(
      (address) =>
        new Server(address, {
          timeout,
          maxReply: maxItem + REPLY_OVERHEAD,
          ...(tls !== undefined && { tls }),
          onEvent: (event) => {
            if (onEvent !== undefined) callListener(onEvent, event);
          },
        }),
    ),
    distribute(addresses, options.distribution),
  );
  const backend = createBackend(client, codec, timeout, maxItem);
  return onEvent === undefined ? backend : { ...backend, hasListener: true };
}

function createBackend(
  client: Client,
  codec: Codec,
  deadline: number,
  maxItem: number,
): MemcachedBackend {
  const toEntry = (item: StoredItem): Entry => entryOf(item, codec);
  /** Throws a `CodecError` if the entry cannot be stored. */
  const itemFor = (key: string, fittedKey: string, entry: Entry): Item => {
    const item = itemOf(entry, codec);
    if (item === undefined) {
      throw notStorable(
        key,
        'is stored without metadata, as bytes are, and so needs a ttl of 1 second or more',
      );
    }
    const size = Buffer.byteLength(fittedKey) + item.value.byteLength + ITEM_OVERHEAD;
    if (size <= maxItem) return item;
    throw notStorable(key, `is larger than the item limit of ${maxItem} bytes`);
  };
  return {
    name: 'memcached',
    sync: false,
    shared: true,
    deadline,
    leases: createLeases(client, itemFor),
    isDown: (key) => client.isDown(key, fitKey),
    get: (key) => client.get(fitKey(key), toEntry),
    set: async (key, entry) => {
      const fittedKey = fitKey(key);
      let item: Item;
      try {
        item = itemFor(key, fittedKey, entry);
      } catch (error) {
        await client.delete(fittedKey); // the old value must not outlive the one that was to replace it
        throw error;
      }
      await client.set(fittedKey, item);
    },
    delete: (key) => client.delete(fitKey(key)).then(() => undefined),
    close: () => client.close(),
  };
}

/** Gives the user's codec a copy to decode, which it may keep: the receive buffer is used again. */
function decodingCopies(codec: Codec): Codec {
  return {
    encode: (value) => codec.encode(value),
    decode: (bytes, flags) => codec.decode(copyBytes(bytes), flags),
  };
}

function notStorable(key: string, reason: string): CodecError {
  return new CodecError(`memcached: the value of ${describeValue(key)} ${reason}`);
}

function checkCodec(codec: unknown): void {
  if (codec === undefined) return;
  const { encode, decode } = (codec ?? {}) as Partial<Codec>;
  if (typeof encode === 'function' && typeof decode === 'function') return;
  throw new OptionError(
    `memcached: \`codec\` must be an object with the functions encode and decode, but is ${describeValue(codec)}`,
  );
}

function timeoutOf(timeout: Duration = DEFAULT_TIMEOUT): number {
  const time = milliseconds('timeout', timeout);
  if (time >= 1 && time <= 60_000) return time;
  throw new OptionError(
    `memcached: \`timeout\` must be a duration from 1 ms to 1 minute, but is ${describeValue(timeout)}`,
  );
}

function maxItemOf(maxItem: number = DEFAULT_MAX_ITEM): number {
  if (Number.isSafeInteger(maxItem) && maxItem >= 1024 && maxItem <= 2 ** 30) return maxItem;
  throw new OptionError(
    `memcached: \`maxItem\` must be the server's item limit, 1024 to 2 ** 30 bytes, but is ${describeValue(maxItem)}`,
  );
}
