import {
  parseServers,
  type ServerAddress,
} from '../../../../src/backends/memcached/connection/address.js';
import { OptionError } from '../../../../src/errors.js';

const parseOne = (text: string): ServerAddress => {
  const [address, ...more] = parseServers(text, {});
  expect(more).toEqual([]);
  return address!;
};

describe('an address', () => {
  test.each([
    ['localhost', { host: 'localhost', port: 11_211 }, 'localhost:11211'],
    ['  cache.example:11212 ', { host: 'cache.example', port: 11_212 }, 'cache.example:11212'],
    ['Cache_1.Example.', { host: 'Cache_1.Example.', port: 11_211 }, 'cache_1.example.:11211'],
    ['10.0.0.5:1', { host: '10.0.0.5', port: 1 }, '10.0.0.5:1'],
    ['10.0.0.5:65535', { host: '10.0.0.5', port: 65_535 }, '10.0.0.5:65535'],
    ['[::1]:11212', { host: '::1', port: 11_212 }, '[::1]:11212'],
    ['[::1]', { host: '::1', port: 11_211 }, '[::1]:11211'],
    ['::1', { host: '::1', port: 11_211 }, '[::1]:11211'],
    ['fe80::1%eth0', { host: 'fe80::1%eth0', port: 11_211 }, '[fe80::1%eth0]:11211'],
    ['/run/memcached.sock', { path: '/run/memcached.sock' }, '/run/memcached.sock'],
    ['unix:/run/m.sock', { path: '/run/m.sock' }, '/run/m.sock'],
    ['unix:///run/m@1.sock', { path: '/run/m@1.sock' }, '/run/m@1.sock'],
    ['memcached://cache:11212/', { host: 'cache', port: 11_212 }, 'cache:11212'],
    ['MEMCACHED://cache', { host: 'cache', port: 11_211 }, 'cache:11211'],
  ])('%j is parsed', (text, endpoint, name) => {
    expect(parseOne(text)).toEqual({ ...endpoint, name, weight: 1 });
  });

  test.each([
    ['a:11212:3', 'a:11212', 3],
    ['10.0.0.5:11211:1', '10.0.0.5:11211', 1],
    ['[::1]:11211:1000', '[::1]:11211', 1000],
    ['memcached://ann:secret@a:11212:20/', 'a:11212', 20],
  ])('%j has a weight after its port, which is not part of its name', (text, name, weight) => {
    expect(parseOne(text)).toMatchObject({ name, weight });
  });

  test.each([
    ['ann:secret@cache', 'ann', 'secret'],
    ['ann:se:cr@et@cache:11211', 'ann', 'se:cr@et'],
    ['memcached://an%3An:se%2Ccret%25@cache', 'an:n', 'se,cret%'],
    ['ann:@cache', 'ann', ''],
  ])('%j carries credentials, which are not part of its name', (text, username, password) => {
    const address = parseOne(text);
    expect(address.credentials).toEqual({ username, password });
    expect(address.name).toBe('cache:11211');
  });

  test('of a unix socket may carry credentials', () => {
    expect(parseOne('ann:secret@/run/m.sock')).toMatchObject({
      path: '/run/m.sock',
      credentials: { username: 'ann', password: 'secret' },
    });
  });

  test.each([
    ['', 'must not be empty'],
    ['a,', 'must not be empty'],
    ['a,,b', 'must not be empty'],
    ['a:0', 'from 1 to 65535'],
    ['a:65536', 'from 1 to 65535'],
    ['a:', 'from 1 to 65535'],
    ['a:NaN', 'from 1 to 65535'],
    ['a:11211x', 'from 1 to 65535'],
    ['a:-1', 'from 1 to 65535'],
    ['[::1]:0', 'from 1 to 65535'],
    ['[::1:11211', 'write [::1]:11211'],
    ['[cache]:11211', 'write [::1]:11211'],
    ['[::1]x', 'write [::1]:11211'],
    ['a:1:2:3', 'too many colons'],
    ['[::1]:1:2:3', 'too many colons'],
    ['2001:db8:1', 'the host name is not valid'],
    ['a:11211:', 'a whole number from 1 to 1000'],
    ['a:11211:0', 'a whole number from 1 to 1000'],
    ['a:11211:1001', 'a whole number from 1 to 1000'],
    ['a:11211:-1', 'a whole number from 1 to 1000'],
    ['a:11211:1.5', 'a whole number from 1 to 1000'],
    ['a:11211:1e2', 'a whole number from 1 to 1000'],
    ['[::1]:11211:x', 'a whole number from 1 to 1000'],
    ['a b', 'the host name is not valid'],
    ['a/b', 'the host name is not valid'],
    ['-a', 'the host name is not valid'],
    ['a..b', 'the host name is not valid'],
    ['10.0.0.256', 'the host name is not valid'],
    ['10.0.0', 'the host name is not valid'],
    [':11211', 'the host name is not valid'],
    ['redis://a', 'the scheme redis:// of a server is unknown'],
    ['unix:m.sock', 'the path is not absolute'],
    ['unix:', 'the path is not absolute'],
    ['/', 'the path is not absolute'],
    ['ann@cache', 'user:password@host'],
    [':secret@cache', 'user:password@host'],
    ['a:11211,A', 'a:11211 is listed twice'],
    ['a:11211:2,a', 'a:11211 is listed twice'],
  ])('%j is refused with what to write instead', (text, reason) => {
    expect(() => parseServers(text, {})).toThrow(OptionError);
    expect(() => parseServers(text, {})).toThrow(reason);
  });

  test.each(['ann:hunter2%@cache', 'ann:hunter2@cache:0', 'ann:hunter2@', 'hunter2@cache'])(
    'the error for %j does not quote the password',
    (text) => {
      expect(() => parseServers(text, {})).toThrow(expect.not.stringContaining('hunter2') as Error);
      try {
        parseServers(text, {});
      } catch (error) {
        expect(String(error)).not.toContain('hunter2');
      }
    },
  );

  test.each([[[]], [[5]], [5], [null], [{}], [['a,b']]])('%j is refused', (servers) => {
    expect(() => parseServers(servers as never, {})).toThrow(OptionError);
  });
});

describe('several servers', () => {
  test('are passed as a list in one string or as an array, and keep their order', () => {
    const names = ['b:11211', 'a:11211', '[::1]:11212'];
    expect(parseServers('b, a ,[::1]:11212', {}).map(({ name }) => name)).toEqual(names);
    expect(parseServers(['b', ' a', '[::1]:11212'], {}).map(({ name }) => name)).toEqual(names);
  });
});

describe('the environment', () => {
  const names = (env: NodeJS.ProcessEnv): string[] =>
    parseServers(undefined, env).map(({ name }) => name);

  test('lists the servers if the code does not', () => {
    expect(names({})).toEqual(['localhost:11211']);
    expect(names({ MEMCACHE_SERVERS: 'a,b' })).toEqual(['a:11211', 'b:11211']);
    expect(names({ MEMCACHE_SERVERS: 'a', MEMCACHIER_SERVERS: 'c' })).toEqual(['c:11211']);
    expect(names({ MEMCACHE_SERVERS: 'a', MEMCACHIER_SERVERS: ' ' })).toEqual(['a:11211']);
    expect(names({ MEMCACHE_SERVERS: '' })).toEqual(['localhost:11211']);
  });

  const secrets = { MEMCACHE_USERNAME: 'ann', MEMCACHE_PASSWORD: 'secret' };
  const credentials = { username: 'ann', password: 'secret' };

  test('has credentials for the servers of the environment', () => {
    const env = { ...secrets, MEMCACHE_SERVERS: 'a,bob:own@b' };
    expect(parseServers(undefined, env).map((address) => address.credentials)).toEqual([
      credentials,
      { username: 'bob', password: 'own' },
    ]);
  });

  test('does not give its credentials to servers that it does not list', () => {
    expect(parseServers('a', secrets)[0]).not.toHaveProperty('credentials');
    expect(parseServers(undefined, secrets)[0]).not.toHaveProperty('credentials');
  });

  test('prefers the credentials of MemCachier', () => {
    const env = { MEMCACHIER_USERNAME: 'eve', MEMCACHIER_PASSWORD: 'x', MEMCACHE_SERVERS: 'a' };
    const [address] = parseServers(undefined, { ...secrets, ...env });
    expect(address?.credentials).toEqual({ username: 'eve', password: 'x' });
  });

  test('is refused with a user name or a password alone', () => {
    const env = { MEMCACHE_SERVERS: 'a', MEMCACHE_PASSWORD: 'x' };
    expect(() => parseServers(undefined, env)).toThrow('set both, or neither');
  });
});
