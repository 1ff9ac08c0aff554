import { isIPv4, isIPv6 } from 'node:net';
import { OptionError } from '../../../errors.js';

/** A user name and a password for SASL. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Where one memcached listens, and how to log in there. */
export type ServerAddress = (
  { readonly host: string; readonly port: number } | { readonly path: string }
) & {
  /** `'127.0.0.1:11211'`, `'[::1]:11211'` or `'/run/memcached.sock'`: for messages and events, without credentials. */
  readonly name: string;
  readonly credentials?: Credentials;
  /** This server's share of the keys, beside those of the others: a whole number, 1 to 1000. */
  readonly weight: number;
};

type Endpoint = ({ host: string; port: number } | { path: string }) & {
  name: string;
  weight: number;
};

const DEFAULT_PORT = 11_211;
const MAX_WEIGHT = 1_000;
const EXAMPLES = "'localhost', '10.0.0.5:11211', '[::1]:11211' or 'unix:/run/memcached.sock'";

/** Environment variables. */
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Answers the servers to use: those given, else those of `MEMCACHIER_SERVERS` or `MEMCACHE_SERVERS`,
 * else `localhost:11211`. An empty variable counts as not set. Credentials of the environment go only to
 * servers of the environment. Throws an `OptionError` for text that is not plainly an address.
 */
export function parseServers(
  servers: string | readonly string[] | undefined,
  env: Environment,
): ServerAddress[] {
  if (servers !== undefined)
    return checkUnique(serverList(servers).map((text) => parseServer(text)));
  const list = readVariable(env, 'MEMCACHIER_SERVERS') ?? readVariable(env, 'MEMCACHE_SERVERS');
  if (list === undefined) return [parseServer('localhost')];
  const credentials = environmentCredentials(env);
  return checkUnique(serverList(list).map((text) => parseServer(text, credentials)));
}

function serverList(servers: string | readonly string[]): readonly string[] {
  const list: unknown = typeof servers === 'string' ? servers.split(',') : servers;
  if (!Array.isArray(list)) {
    throw new OptionError(`servers: ${String(list)} is no text and no array; write ${EXAMPLES}`);
  }
  if (list.length === 0) {
    throw new OptionError('servers: an empty array; leave it out for the default, localhost:11211');
  }
  return list as readonly string[];
}

function parseServer(server: string, defaultCredentials?: Credentials): ServerAddress {
  if (typeof server !== 'string') {
    throw new OptionError(`servers: ${String(server)} is no text; write ${EXAMPLES}`);
  }
  const text = withoutScheme(server.trim());
  if (text === '') {
    throw new OptionError(`servers: an empty item; write ${EXAMPLES}, separated by single commas`);
  }
  // A socket's path may hold an @ of its own; a password with one need not be encoded for it.
  const at = text.startsWith('/') || text.startsWith('unix:') ? -1 : text.lastIndexOf('@');
  const credentials = at < 0 ? defaultCredentials : parseCredentials(text.slice(0, at));
  const endpoint = parseEndpoint(text.slice(at + 1));
  return { ...endpoint, ...(credentials && { credentials }) };
}

function withoutScheme(text: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text);
  if (!scheme) return text;
  const [, name = '', rest = ''] = scheme;
  if (/^unix$/i.test(name)) return `unix:${rest}`;
  if (/^memcached$/i.test(name)) return rest.replace(/\/$/, '');
  throw new OptionError(`servers: unknown scheme ${name}://; write memcached:// or leave it out`);
}

function parseCredentials(text: string): Credentials {
  const colon = text.indexOf(':');
  if (colon < 1) {
    throw new OptionError(
      'servers: credentials without a name or a colon; write user:password@host',
    );
  }
  try {
    return {
      username: decodeURIComponent(text.slice(0, colon)),
      password: decodeURIComponent(text.slice(colon + 1)),
    };
  } catch {
    // The message names no part of them: it may well end in a log.
    throw new OptionError('servers: credentials with a stray %; write %25 for a percent sign');
  }
}

function parseEndpoint(text: string): Endpoint {
  if (text.startsWith('/') || text.startsWith('unix:')) return unixEndpoint(text);
  if (isIPv6(text)) return tcpEndpoint(text, [], text);
  if (text.startsWith('[')) {
    const [, host = '', numbers] = /^\[([^\]]*)\](?::(.*))?$/.exec(text) ?? [];
    if (!isIPv6(host)) throw invalidAddress(text, 'no IPv6 address in brackets; write [::1]:11211');
    return tcpEndpoint(host, numbers?.split(':') ?? [], text);
  }
  const [host = '', ...numbers] = text.split(':');
  if (numbers.length < 3 && !isHost(host))
    throw invalidAddress(text, `no host name; write ${EXAMPLES}`);
  return tcpEndpoint(host, numbers, text);
}

function unixEndpoint(text: string): Endpoint {
  const path = text.replace(/^unix:/, '');
  if (!/^\/./.test(path))
    throw invalidAddress(text, 'no absolute path; write unix:/run/memcached.sock');
  return { path, name: path, weight: 1 };
}

/** The host as it is written: other clients choose a server by that text. */
function tcpEndpoint(host: string, numbers: readonly string[], text: string): Endpoint {
  if (numbers.length > 2) {
    throw invalidAddress(text, 'too many colons; write an IPv6 address as [::1]:11211');
  }
  const [port = DEFAULT_PORT, weight = 1] = numbers.map(wholeNumber);
  if (port < 1 || port > 65_535) throw invalidAddress(text, 'a port is a number from 1 to 65535');
  if (weight < 1 || weight > MAX_WEIGHT) {
    throw invalidAddress(
      text,
      `a weight, behind the port, is a whole number from 1 to ${MAX_WEIGHT}`,
    );
  }
  const name = `${isIPv6(host) ? `[${host}]` : host.toLowerCase()}:${port}`;
  return { host, port, name, weight };
}

/** 0, which is neither a port nor a weight, for text that is none. */
function wholeNumber(text: string): number {
  return /^\d{1,5}$/.test(text) ? Number(text) : 0;
}

function isHost(text: string): boolean {
  if (/^[\d.]+$/.test(text)) return isIPv4(text);
  return /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?$/i.test(text);
}

function checkUnique(addresses: ServerAddress[]): ServerAddress[] {
  const names = new Set<string>();
  for (const { name } of addresses) {
    if (names.has(name)) throw new OptionError(`servers: ${name} is there twice; name it once`);
    names.add(name);
  }
  return addresses;
}

function environmentCredentials(env: Environment): Credentials | undefined {
  for (const prefix of ['MEMCACHIER', 'MEMCACHE']) {
    const username = readVariable(env, `${prefix}_USERNAME`);
    const password = readVariable(env, `${prefix}_PASSWORD`);
    if (username !== undefined && password !== undefined) return { username, password };
    if (username !== undefined || password !== undefined) {
      throw new OptionError(`${prefix}_USERNAME and ${prefix}_PASSWORD: set both, or neither`);
    }
  }
  return undefined;
}

function readVariable(env: Environment, name: string): string | undefined {
  const text = env[name]?.trim();
  return text === '' ? undefined : text;
}

function invalidAddress(text: string, reason: string): OptionError {
  return new OptionError(`servers: ${JSON.stringify(text)}: ${reason}`);
}
