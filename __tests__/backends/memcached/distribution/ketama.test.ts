import crypto from 'node:crypto';
import fc from 'fast-check';
import {
  parseServers,
  type ServerAddress,
} from '../../../../src/backends/memcached/connection/address.js';
import { ketama } from '../../../../src/backends/memcached/distribution/ketama.js';
import { OptionError } from '../../../../src/errors.js';
import { describePython, python } from '../../../support/python.js';

const four = ['127.0.0.1:11211', '127.0.0.1:11212', '127.0.0.1:11213', '127.0.0.1:11214'];
const equal = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `10.0.0.${index}`);
const ring = (servers: readonly string[]) => ketama(parseServers(servers, {}));

describe('the ketama ring', () => {
  // The vectors were made with libmemcached 1.1.4.
  const keys = ['sq:0', 'sq:5', 'sq:42', 'sq:5000', 'user:19', 'naïve', 'k'.repeat(250)];
  const places = ['/run/m.sock', '[::1]', '[::1]:11212', 'Cache.example'];

  test.each([
    ['four ports of one host', four, [0, 0, 2, 2, 2, 0, 3]],
    ['weights', ['10.0.0.1', '10.0.0.2:11211:3', '10.0.0.3:11211:6'], [2, 1, 0, 0, 0, 2, 1]],
    ['a socket, IPv6 and a host in capitals', places, [3, 1, 0, 3, 3, 2, 3]],
  ])('of %s is that of libmemcached', (_, servers, expected) => {
    expect(keys.map(ring(servers))).toEqual(expected);
  });

  test.each([
    [7, ['k66', 'k84', 'k105'], [0, 1, 5]],
    [25, ['k49', 'k66', 'k81'], [5, 15, 10]],
  ])('of %i equal servers counts points in single precision', (count, keys, expected) => {
    expect(keys.map(ring(equal(count)))).toEqual(expected);
  });

  test('maps a key beyond the last point to the first point', () => {
    const two = ['a', 'b'];
    const wordOf = (text: string, word = 0): number =>
      crypto
        .createHash('md5')
        .update(text)
        .digest()
        .readUInt32LE(4 * word);
    const points = two.flatMap((host, server) =>
      Array.from({ length: 160 }, (_, k) => [wordOf(`${host}-${k >> 2}`, k & 3), server] as const),
    );
    points.sort(([one], [other]) => one - other);
    const last = points.at(-1)![0];
    const beyond = Array.from({ length: 20_000 }, (_, n) => `k${n}`).filter(
      (key) => wordOf(key) > last,
    );
    expect(beyond.length).toBeGreaterThan(0);
    expect(new Set(beyond.map(ring(two)))).toEqual(new Set([points[0]![1]]));
  });

  test('refuses a server whose weight is too small for it to get a key', () => {
    const light = ['a', 'b:11211:1000'];
    expect(() => ring(light)).toThrow(OptionError);
    expect(() => ring(light)).toThrow(
      'a:11211 would get no keys: its weight, 1, is less than 1/40',
    );
    expect(() => ring(['a', 'b:11211:79'])).not.toThrow();
  });

  test('refuses a Node without MD5, and names another distribution', () => {
    const cause = new Error('unsupported');
    jest.spyOn(crypto, 'hash').mockImplementation(() => {
      throw cause;
    });
    expect(() => ring(four)).toThrow(expect.objectContaining({ code: 'ERR_CACHE_OPTION', cause }));
    expect(() => ring(four)).toThrow("write 'rendezvous'");
  });
});

describePython('libmemcached, through the library of pylibmc', () => {
  /** Returns the servers that libmemcached chooses for the keys, for each list of servers. */
  function chosen(lists: readonly (readonly ServerAddress[])[], keys: readonly string[]) {
    // 16 is KETAMA_WEIGHTED.
    const script = `
import ctypes, _pylibmc
library = ctypes.CDLL(_pylibmc.__file__)
library.memcached_create.restype = ctypes.c_void_p
def add_server(client, server):
    client, weight = ctypes.c_void_p(client), ctypes.c_uint32(server['weight'])
    if 'path' in server:
        return library.memcached_server_add_unix_socket_with_weight(client, server['path'].encode(), weight)
    host, port = server['host'].encode(), ctypes.c_uint16(server['port'])
    return library.memcached_server_add_with_weight(client, host, port, weight)
def chosen(servers):
    client = library.memcached_create(None)
    status = [library.memcached_behavior_set(ctypes.c_void_p(client), 16, ctypes.c_uint64(1))]
    status += [add_server(client, server) for server in servers]
    assert not any(status), status
    keys = [key.encode() for key in input['keys']]
    answer = [library.memcached_generate_hash(ctypes.c_void_p(client), key, ctypes.c_size_t(len(key))) for key in keys]
    library.memcached_free(ctypes.c_void_p(client))
    return answer
output = [chosen(servers) for servers in input['lists']]
`;
    return python(script, { lists, keys }) as number[][];
  }

  const keys = Array.from({ length: 1_000 }, (_, n) => `key:${n}${n % 3 ? '' : ':é'}`);

  test('chooses the same server for every key, of 2 to 100 equal servers', () => {
    const lists = [2, 3, 4, 5, 7, 14, 25, 47, 50, 100].map((count) =>
      parseServers(equal(count), {}),
    );
    expect(lists.map((servers) => keys.map(ketama(servers)))).toEqual(chosen(lists, keys));
  });

  test('chooses the same server for every key, whatever the addresses and weights', () => {
    const hostAndPort = fc.tuple(
      fc.constantFrom('a', 'B.example', '10.0.0.5', '[::1]'),
      fc.integer({ min: 11_211, max: 11_213 }),
    );
    const address = fc.oneof({ weight: 9, arbitrary: hostAndPort }, fc.constant(['/run/m.sock']));
    // Weights up to 20, so that none is too small beside the others.
    const weighed = fc.tuple(address, fc.integer({ min: 1, max: 20 }));
    const list = fc
      .uniqueArray(weighed, { minLength: 2, maxLength: 9, selector: ([parts]) => parts.join(':') })
      .map((all) =>
        all.map(([parts, weight]) => (parts[1] ? [...parts, weight] : parts).join(':')),
      );
    // One Python process for all lists.
    const lists = fc.sample(list, 150).map((servers) => parseServers(servers, {}));
    expect(lists.map((servers) => keys.map(ketama(servers)))).toEqual(chosen(lists, keys));
  });
});
