import { isIPv4, isIPv6 } from 'node:net';
import { OptionError } from '../../../errors.js';
import { describeValue } from '../../../platform/describe-value.js';

/** A user name and a password for SASL. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** The address of one memcached, with its credentials and weight. */
export type ServerAddress = (
  { readonly host: string; readonly port: number } | { readonly path: string }
) & {
  /**
   * The name in messages and events, without credentials: `'127.0.0.1:11211'`, `'[::1]:11211'` or
   * `'/run/memcached.sock'`.
   */
  readonly name: string;
  readonly credentials?: Credentials;
  /** The server's share of the keys relative to the other servers': a whole number from 1 to 1000. */
  readonly weight: number;
};

type Endpoint = ({ host: string; port: number } | { path: string }) & {
  name: string;
  weight: number;
};

const DEFAULT_PORT = 11_211;
const MAX_WEIGHT = 1_000;
const EXAMPLES = "'localhost', '10.0.0.5:11211', '[::1]:11211' or 'unix:/run/memcached.sock'";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the addresses in `servers`, otherwise those in the environment variables `MEMCACHIER_SERVERS` or
 * `MEMCACHE_SERVERS`, otherwise `localhost:11211`. An empty variable counts as not set. Credentials of the
 * environment are sent only to servers of the environment. Throws an `OptionError` for a string that is
 * not clearly an address.
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
    throw new OptionError(
      `memcached: servers must be a string or an array, but is ${describeValue(list)}; write ${EXAMPLES}`,
    );
  }
  if (list.length === 0) {
    throw new OptionError(
      'memcached: servers must not be an empty array; leave it out for the default, localhost:11211',
    );
  }
  return list as readonly string[];
}

function parseServer(server: string, defaultCredentials?: Credentials): ServerAddress {
  if (typeof server !== 'string') {
    throw new OptionError(
      `memcached: a server must be a string, but is ${describeValue(server)}; write ${EXAMPLES}`,
    );
  }
  const text = withoutScheme(server.trim());
  if (text === '') {
    throw new OptionError(
      `memcached: a server must not be empty; write ${EXAMPLES}, separated by single commas`,
    );
  }
  // The last @, since a password may hold one. A socket's path may too, and then has no credentials.
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
  throw new OptionError(
    `memcached: the scheme ${name}:// of a server is unknown; write memcached:// or leave it out`,
  );
}

function parseCredentials(text: string): Credentials {
  const colon = text.indexOf(':');
  if (colon < 1) {
    throw new OptionError(
      'memcached: the credentials of a server have no name or no colon; write user:password@host',
    );
  }
  try {
    return {
      username: decodeURIComponent(text.slice(0, colon)),
      password: decodeURIComponent(text.slice(colon + 1)),
    };
  } catch {
    // The message quotes no part of the credentials, since it may end up in a log.
    throw new OptionError(
      'memcached: the credentials of a server have a stray %; write %25 for a percent sign',
    );
  }
}

function parseEndpoint(text: string): Endpoint {
  if (text.startsWith('/') || text.startsWith('unix:')) return unixEndpoint(text);
  if (isIPv6(text)) return tcpEndpoint(text, [], text);
  if (text.startsWith('[')) {
    const [, host = '', numbers] = /^\[([^\]]*)\](?::(.*))?$/.exec(text) ?? [];
    if (!isIPv6(host))
      throw invalidAddress(text, 'the brackets hold no IPv6 address; write [::1]:11211');
    return tcpEndpoint(host, numbers?.split(':') ?? [], text);
  }
  const [host = '', ...numbers] = text.split(':');
  if (numbers.length < 3 && !isHost(host))
    throw invalidAddress(text, `the host name is not valid; write ${EXAMPLES}`);
  return tcpEndpoint(host, numbers, text);
}

function unixEndpoint(text: string): Endpoint {
  const path = text.replace(/^unix:/, '');
  if (!/^\/./.test(path))
    throw invalidAddress(text, 'the path is not absolute; write unix:/run/memcached.sock');
  return { path, name: path, weight: 1 };
}

/** The host stays as it is written, because other clients hash that string to choose a server. */
function tcpEndpoint(host: string, numbers: readonly string[], text: string): Endpoint {
  if (numbers.length > 2) {
    throw invalidAddress(text, 'it has too many colons; write an IPv6 address as [::1]:11211');
  }
  const [port = DEFAULT_PORT, weight = 1] = numbers.map(wholeNumber);
  if (port < 1 || port > 65_535)
    throw invalidAddress(text, 'the port must be a whole number from 1 to 65535');
  if (weight < 1 || weight > MAX_WEIGHT) {
    throw invalidAddress(
      text,
      `the weight, after the port, must be a whole number from 1 to ${MAX_WEIGHT}`,
    );
  }
  const name = `${isIPv6(host) ? `[${host}]` : host.toLowerCase()}:${port}`;
  return { host, port, name, weight };
}

/** Returns 0, which is neither a port nor a weight, for a string that is not a whole number. */
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
    if (names.has(name))
      throw new OptionError(`memcached: server ${name} is listed twice; name it once`);
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
      throw new OptionError(
        `memcached: only one of ${prefix}_USERNAME and ${prefix}_PASSWORD is set; set both, or neither`,
      );
    }
  }
  return undefined;
}

function readVariable(env: Environment, name: string): string | undefined {
  const text = env[name]?.trim();
  return text === '' ? undefined : text;
}

function invalidAddress(text: string, reason: string): OptionError {
  return new OptionError(`memcached: server ${JSON.stringify(text)}: ${reason}`);
}
