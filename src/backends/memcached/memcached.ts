import type { Backend, Entry } from '../../backend.js';
import { milliseconds, type Duration } from '../../options/duration.js';
import { CodecError, OptionError } from '../../errors.js';
import { callListener } from '../../events.js';
import { checkFunction, checkOptionNames, show } from '../../options/checks.js';
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

export interface MemcachedOptions {
  /**
   * How long one operation may take, the opening of a connection included. A call that finds nothing
   * waits this long at most before it computes.
   *
   * @default 250
   */
  readonly timeout?: Duration | undefined;
  /**
   * Bytes of text from which a value is compressed, or `false`. pymemcache cannot read what is.
   *
   * @default false
   */
  readonly compress?: number | false | undefined;
  /** Your own way to turn values into bytes and flags, instead of the one that Python's clients read. */
  readonly codec?: Codec | undefined;
  /**
   * The server's item limit in bytes (its `-I`). What does not fit with key and header is not stored.
   *
   * @default 1_048_576
   */
  readonly maxItem?: number | undefined;
  /** Speak TLS: `true`, or options of Node's `tls.connect`, such as `{ ca, cert, key, servername }`. */
  readonly tls?: boolean | Readonly<Record<string, unknown>> | undefined;
  /**
   * How keys are distributed over several servers: `'ketama'` as libmemcached does, and pylibmc and PHP
   * with it, under `KETAMA_WEIGHTED`; `'rendezvous'` as pymemcache's `HashClient` does, where all weights
   * are equal; `'python-memcached'` as that does. Whoever shares the servers needs the same distribution
   * and the same list, host names written alike. One server more, of n, moves about 1/n of the keys; with
   * `'python-memcached'` almost all. While a server is down its keys are computed, and no others.
   *
   * @default 'ketama'
   */
  readonly distribution?: DistributionName | undefined;
  /** Hears when a server is given up and when it is back. */
  readonly onEvent?: ((event: ServerEvent) => void) | undefined;
}

const OPTION_NAMES = ['timeout', 'compress', 'codec', 'maxItem', 'tls', 'distribution', 'onEvent'];
const DEFAULT_TIMEOUT = 250;
const DEFAULT_MAX_ITEM = 1_048_576;
/** What memcached itself keeps of an item beside key and value: header, CAS and flags. */
const ITEM_OVERHEAD = 80;
/** Room for key and header in a reply. */
const REPLY_OVERHEAD = 4_096;

/** A memcached, as a backend that processes share. */
export interface MemcachedBackend extends Backend {
  readonly sync: false;
  readonly shared: true;
  close(): Promise<void>;
}

/**
 * A memcached as a backend: `'host:port'`, `'[::1]:11211'`, `'/path/to.sock'`, with
 * `'user:password@…'` where it asks for SASL. Without servers `MEMCACHIER_SERVERS` or
 * `MEMCACHE_SERVERS` names them, else it is `localhost:11211`. With a weight behind its port, as pylibmc
 * writes it, `'host:port:3'` gets three times the keys of a server without; 1 to 1000.
 *
 * Nothing is opened before the first call, and an idle connection does not keep the process alive. A
 * server that does not answer costs nothing until it is back. Keys and values are such that programs in
 * other languages can read them. Throws an `OptionError` for servers or options that cannot work.
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
  return createBackend(client, codec, timeout, maxItem);
}

function createBackend(
  client: Client,
  codec: Codec,
  deadline: number,
  maxItem: number,
): MemcachedBackend {
  const toEntry = (item: StoredItem): Entry => entryOf(item, codec);
  /** The item for an entry; throws when it cannot be stored. */
  const itemFor = (key: string, fittedKey: string, entry: Entry): Item => {
    const item = itemOf(entry, codec);
    if (item === undefined) {
      throw notStorable(
        key,
        'is bytes, which can live for whole seconds only; give it a ttl of a second or more',
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
        await client.delete(fittedKey); // what stood there must not outlive what was to replace it
        throw error;
      }
      await client.set(fittedKey, item);
    },
    delete: (key) => client.delete(fitKey(key)).then(() => undefined),
    close: () => client.close(),
  };
}

/** The user's codec, which may keep the bytes that it is given: ours are used again. */
function decodingCopies(codec: Codec): Codec {
  return {
    encode: (value) => codec.encode(value),
    decode: (bytes, flags) => codec.decode(copyBytes(bytes), flags),
  };
}

function notStorable(key: string, reason: string): CodecError {
  return new CodecError(`memcached: the value of ${show(key)} ${reason}`);
}

function checkCodec(codec: unknown): void {
  if (codec === undefined) return;
  const { encode, decode } = (codec ?? {}) as Partial<Codec>;
  if (typeof encode === 'function' && typeof decode === 'function') return;
  throw new OptionError(
    `codec: ${show(codec)} is no codec; write an object with encode and decode`,
  );
}

function timeoutOf(timeout: Duration = DEFAULT_TIMEOUT): number {
  const time = milliseconds('timeout', timeout);
  if (time >= 1 && time <= 60_000) return time;
  throw new OptionError(`timeout: ${show(timeout)} is out of bounds; write 1 ms to 1 minute`);
}

function maxItemOf(maxItem: number = DEFAULT_MAX_ITEM): number {
  if (Number.isSafeInteger(maxItem) && maxItem >= 1024 && maxItem <= 2 ** 30) return maxItem;
  throw new OptionError(
    `maxItem: ${show(maxItem)} is out of bounds; write the server's item limit in bytes, 1024 to 2 ** 30`,
  );
}
