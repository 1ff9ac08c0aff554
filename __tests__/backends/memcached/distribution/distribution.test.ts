import fc from 'fast-check';
import { parseServers } from '../../../../src/backends/memcached/connection/address.js';
import {
  distribute,
  type DistributionName,
} from '../../../../src/backends/memcached/distribution/distribution.js';
import { murmur3 } from '../../../../src/backends/memcached/distribution/murmur3.js';
import { OptionError } from '../../../../src/errors.js';
import { memcached } from '../../../../src/memcached.js';
import { describePython, python } from '../../../support/python.js';

const NAMES: DistributionName[] = ['ketama', 'rendezvous', 'python-memcached'];
/** With these two, adding or removing a server moves only its share, and the order does not matter. */
const CONSISTENT: DistributionName[] = ['ketama', 'rendezvous'];

const local = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `127.0.0.1:${11_211 + index}`);
const keysOf = (count: number): string[] => Array.from({ length: count }, (_, n) => `user:${n}`);
const indexOf = (name: DistributionName, servers: readonly string[]) =>
  distribute(parseServers(servers, {}), name);
/** Returns the server as a string instead of its index. */
const serverOf = (name: DistributionName, servers: readonly string[]) => {
  const index = indexOf(name, servers);
  return (key: string): string => servers[index(key)]!;
};
/** The share of the keys that each server has, in percent. */
function shares(name: DistributionName, servers: readonly string[], keys: string[]): number[] {
  const counts = servers.map(() => 0);
  const index = indexOf(name, servers);
  for (const key of keys) counts[index(key)]! += 1;
  return counts.map((count) => (100 * count) / keys.length);
}

const KEYS = ['sq:0', 'sq:5', 'sq:42', 'sq:5000', 'user:19', 'naïve'];

describe('a distribution', () => {
  test.each<[DistributionName, number[]]>([
    ['ketama', [0, 0, 2, 2, 2, 0]],
    ['rendezvous', [3, 1, 3, 3, 0, 2]],
    ['python-memcached', [1, 3, 2, 2, 2, 3]],
  ])('%s is frozen by vectors', (name, expected) => {
    expect(KEYS.map(indexOf(name, local(4)))).toEqual(expected);
  });

  test('is ketama by default', () => {
    expect(KEYS.map(distribute(parseServers(local(4), {})))).toEqual([0, 0, 2, 2, 2, 0]);
  });

  test.each(['modulo', 'Ketama', '', 'toString', '__proto__', null, 5, ['ketama'], {}])(
    '%j is refused with a list of the three names',
    (wrong) => {
      const make = () => memcached('localhost', { distribution: wrong as never });
      expect(make).toThrow(OptionError);
      expect(make).toThrow("must be one of 'ketama', 'rendezvous', 'python-memcached'");
    },
  );

  test.each(NAMES)('%s returns 0 for a single server, whatever its weight', (name) => {
    expect(KEYS.map(indexOf(name, ['a:11211:1000']))).toEqual([0, 0, 0, 0, 0, 0]);
  });

  const fleet = fc
    .uniqueArray(
      fc.tuple(fc.constantFrom('a', 'b.example', '[::1]'), fc.integer({ min: 1, max: 99 })),
      {
        minLength: 1,
        maxLength: 12,
        selector: String,
      },
    )
    .chain((places) =>
      fc
        .array(fc.integer({ min: 1, max: 3 }), { minLength: 12, maxLength: 12 })
        .map((weights) => places.map(([host, port], index) => `${host}:${port}:${weights[index]}`)),
    );
  const key = fc.oneof(fc.string({ minLength: 1 }), fc.string({ minLength: 1, unit: 'grapheme' }));

  test.each(NAMES)('%s returns a server of the list, always the same for a key', (name) => {
    fc.assert(
      fc.property(fleet, fc.array(key), (servers, keys) => {
        const index = indexOf(name, servers);
        const indexes = keys.map(index);
        expect(indexes.every((server) => Number.isInteger(server) && server in servers)).toBe(true);
        expect(keys.map(index)).toEqual(indexes);
        expect(keys.map(indexOf(name, servers))).toEqual(indexes);
      }),
    );
  });

  test.each(CONSISTENT)('%s does not depend on the order of the servers', (name) => {
    const shuffled = fleet.chain((servers) =>
      fc.tuple(
        fc.constant(servers),
        fc.shuffledSubarray(servers, { minLength: servers.length, maxLength: servers.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, fc.array(key), ([servers, others], keys) => {
        expect(keys.map(serverOf(name, others))).toEqual(keys.map(serverOf(name, servers)));
      }),
    );
  });

  test.each(NAMES)('%s returns the same for more keys than it memoizes', (name) => {
    const index = indexOf(name, local(4));
    const keys = keysOf(3_000);
    const first = keys.map(index);
    expect(keys.map(index)).toEqual(first);
    expect([...keys].reverse().map(index)).toEqual(first.reverse());
  });

  // With ketama each server has 160 points, and the shares deviate by a tenth or so.
  test.each<[DistributionName, number]>([
    ['ketama', 6],
    ['rendezvous', 1.5],
    ['python-memcached', 1.5],
  ])('%s gives each of four servers a quarter, within %d %% of all keys', (name, tolerance) => {
    for (const share of shares(name, local(4), keysOf(20_000))) {
      expect(Math.abs(share - 25)).toBeLessThan(tolerance);
    }
  });

  test.each<[DistributionName, number]>([
    ['ketama', 6],
    ['rendezvous', 1.5],
    ['python-memcached', 1.5],
  ])('%s gives servers shares by their weights, within %d %% of all keys', (name, tolerance) => {
    const servers = ['10.0.0.1:11211:1', '10.0.0.2:11211:3', '10.0.0.3:11211:6'];
    const [first, second, third] = shares(name, servers, keysOf(20_000));
    expect(Math.abs(first! - 10)).toBeLessThan(tolerance);
    expect(Math.abs(second! - 30)).toBeLessThan(tolerance);
    expect(Math.abs(third! - 60)).toBeLessThan(tolerance);
  });

  test.each(CONSISTENT)('%s moves a fifth of the keys to a fifth server, and no others', (name) => {
    const keys = keysOf(20_000);
    const before = serverOf(name, local(4));
    const after = serverOf(name, local(5));
    const moved = keys.filter((key) => before(key) !== after(key));
    expect(Math.abs((100 * moved.length) / keys.length - 20)).toBeLessThan(3);
    expect(new Set(moved.map(after))).toEqual(new Set(['127.0.0.1:11215']));
  });

  test.each(CONSISTENT)('%s moves only the keys of a server that is removed from four', (name) => {
    const [gone, ...left] = local(4);
    const before = serverOf(name, local(4));
    const after = serverOf(name, left);
    const moved = keysOf(5_000).filter((key) => before(key) !== after(key));
    expect(new Set(moved.map(before))).toEqual(new Set([gone]));
  });

  test('rendezvous moves keys only to the server whose weight grows', () => {
    const before = serverOf('rendezvous', ['a:1:1', 'b:1:1', 'c:1:1']);
    const after = serverOf('rendezvous', ['a:1:1', 'b:1:1', 'c:1:2']);
    const moved = keysOf(5_000).filter((key) => before(key).at(0) !== after(key).at(0));
    expect(moved.length).toBeGreaterThan(0);
    expect(new Set(moved.map(after))).toEqual(new Set(['c:1:2']));
  });

  test('rendezvous breaks a tie by the name, whatever the order', () => {
    // The hashes of both are equal for every key.
    const tied = ['/0000000vso', '/0000002mvs'];
    expect(murmur3(`${tied[0]}-sq:5`)).toBe(murmur3(`${tied[1]}-sq:5`));
    expect(KEYS.map(indexOf('rendezvous', tied))).toEqual([1, 1, 1, 1, 1, 1]);
    expect(KEYS.map(indexOf('rendezvous', tied.reverse()))).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('python-memcached hashes a key to 1 instead of 0', () => {
    expect(['k25', 'k30507', 'k59206'].map(indexOf('python-memcached', local(4)))).toEqual([
      1, 1, 1,
    ]);
  });
});

describe('murmur3', () => {
  test.each([
    ['', 0],
    ['a', 1_009_084_850],
    ['ab', 2_613_040_991],
    ['abc', 3_017_643_002],
    ['abcd', 1_139_631_978],
    ['abcde', 3_902_511_862],
    ['hello, world', 345_750_399],
  ])('of %j is that of the reference implementation', (text, hash) => {
    expect(murmur3(text)).toBe(hash);
  });
});

describePython("Python's clients choose the same server for every key", () => {
  const keys = [...keysOf(2_000), ...['naïve', '€', '😀', 'a😀bc'], 'k25', 'k'.repeat(250)];

  test('pymemcache with rendezvous', () => {
    const script = `
from pymemcache.client.base import normalize_server_spec
from pymemcache.client.hash import HashClient
client = HashClient(input['servers'])
output = [client.hasher.nodes.index(client.hasher.get_node(key)) for key in input['keys']]
`;
    for (const servers of [local(4), ['a', '[::1]:11212', '/run/m.sock', 'B.example']]) {
      const indexes = python(script, { servers, keys });
      expect(keys.map(indexOf('rendezvous', servers))).toEqual(indexes);
    }
  });

  test('python-memcached, with weights and without', () => {
    const script = `
import memcache
client = memcache.Client([tuple(server) for server in input['servers']])
def index(key):
    hash = memcache.serverHashFunction(key.encode())
    return client.servers.index(client.buckets[hash % len(client.buckets)])
output = [index(key) for key in input['keys']]
`;
    for (const weights of [
      [1, 1, 1, 1],
      [1, 3, 2, 10],
    ]) {
      const servers = local(4).map((address, index) => [address, weights[index]] as const);
      const texts = servers.map(([address, weight]) => `${address}:${weight}`);
      const indexes = python(script, { servers, keys });
      expect(keys.map(indexOf('python-memcached', texts))).toEqual(indexes);
    }
  });
});
