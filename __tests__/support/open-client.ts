import { parseServers } from '../../src/backends/memcached/connection/address.js';
import { Client } from '../../src/backends/memcached/client/client.js';
import type { Item } from '../../src/backends/memcached/protocol/commands.js';
import { Server, type ServerOptions } from '../../src/backends/memcached/client/server.js';
import type { ServerEvent } from '../../src/backends/memcached/client/server-event.js';
import { type Outcome, outcome, until } from './until.js';

/** A deadline that tests let elapse, in milliseconds: short enough to wait for. */
export const TIMEOUT = 100;
/** A deadline that does not elapse, even on a machine under load. */
const AMPLE = 10_000;

export interface OpenClient {
  readonly client: Client;
  readonly server: Server;
  /** Events of the server so far. */
  readonly events: ServerEvent[];
}

const opened: Client[] = [];

/** A client of one server with an ample deadline, to be closed by `closeClients`. */
export function openClient(address: string, options: Partial<ServerOptions> = {}): OpenClient {
  const events: ServerEvent[] = [];
  const onEvent = (event: ServerEvent): unknown => events.push(event);
  const [place] = parseServers([address], {});
  const server = new Server(place!, { timeout: AMPLE, onEvent, ...options });
  const client = new Client([server]);
  opened.push(client);
  return { client, server, events };
}

/** Closes all opened clients: for `afterEach`. */
export async function closeClients(): Promise<void> {
  await Promise.all(opened.splice(0).map((client) => client.close()));
}

/** An item without an expiry. */
export function itemOf(value: string | Uint8Array, flags = 16): Item {
  return { value: Buffer.from(value), flags, expiry: 0 };
}

/** The string under a key, or `undefined`. */
export async function textOf(client: Client, key: string): Promise<string | undefined> {
  const item = await client.get(key);
  return item && Buffer.from(item.value).toString();
}

/** The string under a key, from the first get that does not fail: the breaker may refuse earlier ones. */
export async function textInTheEnd(client: Client, key: string): Promise<string | undefined> {
  let found: Outcome<string | undefined> = 'pending';
  await until(async () => {
    found = await outcome(textOf(client, key));
    return found !== 'pending' && 'value' in found;
  });
  return (found as unknown as { value: string | undefined }).value;
}
