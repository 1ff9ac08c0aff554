import { networkInterfaces } from 'node:os';
import { createCache } from '../../../../src/index.js';
import {
  memcached,
  type MemcachedBackend,
  type MemcachedOptions,
  type ServerEvent,
} from '../../../../src/memcached.js';
import { GuardedMemcached } from '../../../support/guarded-memcached.js';
import { describeMemcached, freePort, MemcachedDaemon } from '../../../support/memcached-daemon.js';
import { describeTls, type KeyPair, selfSigned, TlsFront } from '../../../support/tls-front.js';

const hasIPv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);

const opened: { close(): Promise<void> }[] = [];
const events: ServerEvent[] = [];
beforeEach(() => (events.length = 0));
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

const backendAt = (servers?: string | string[], options: MemcachedOptions = {}): MemcachedBackend =>
  memcached(servers, { timeout: '10s', onEvent: (event) => events.push(event), ...options });

/** Calls through a cache and then, as another process would, a second one; returns the hits of each. */
async function hitsOf(backend: () => MemcachedBackend): Promise<number[]> {
  const hits: number[] = [];
  for (const each of [backend(), backend()]) {
    const cache = createCache({ backend: each });
    opened.push(cache);
    const shout = cache.memoize(async (text: string) => text.toUpperCase(), { key: 'shout:{0}' });
    for (let round = 0; round < 2; round += 1) {
      expect(await Promise.all(['a', 'b', 'c'].map((text) => shout(text)))).toEqual([
        'A',
        'B',
        'C',
      ]);
      await cache.idle();
    }
    hits.push(cache.stats().hit);
  }
  return hits;
}

/** The first calls miss; all later ones hit, through the second cache too. */
const SHARED = [3, 6];
const NOTHING = [0, 0];

/** Sets environment variables while the work runs. */
function within<T>(variables: NodeJS.ProcessEnv, work: () => T): T {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  try {
    return work();
  } finally {
    process.env = before;
  }
}

describeMemcached('memcached() reaches a server', () => {
  let daemon: MemcachedDaemon;
  beforeEach(async () => (daemon = await MemcachedDaemon.start()));
  afterEach(() => daemon.stop());

  test('at a port', async () => {
    expect(await hitsOf(() => backendAt(daemon.address))).toEqual(SHARED);
  });

  test('named by MEMCACHE_SERVERS', async () => {
    const env = { MEMCACHE_SERVERS: daemon.address, MEMCACHIER_SERVERS: '' };
    expect(await hitsOf(() => within(env, () => backendAt()))).toEqual(SHARED);
  });

  test('named by MEMCACHIER_SERVERS, which takes precedence', async () => {
    const env = { MEMCACHE_SERVERS: 'nowhere.invalid', MEMCACHIER_SERVERS: daemon.address };
    expect(await hitsOf(() => within(env, () => backendAt()))).toEqual(SHARED);
  });

  test('that is passed, whatever the environment says', async () => {
    const env = { MEMCACHE_SERVERS: 'nowhere.invalid', MEMCACHE_USERNAME: 'ann' };
    expect(await hitsOf(() => within(env, () => backendAt([daemon.address])))).toEqual(SHARED);
  });
});

describeMemcached('memcached() reaches a server', () => {
  test.each(['', 'unix:'])('at a unix socket, written %j/path', async (scheme) => {
    const daemon = await MemcachedDaemon.start({ unix: true });
    expect(await hitsOf(() => backendAt(`${scheme}${daemon.address}`))).toEqual(SHARED);
    expect(events).toEqual([]);
    await daemon.stop();
  });

  (hasIPv6 ? test : test.skip)('at an IPv6 address', async () => {
    const daemon = await MemcachedDaemon.start({ args: ['-l', '::1'] });
    expect(await hitsOf(() => backendAt(`[::1]:${daemon.port}`))).toEqual(SHARED);
    expect(events).toEqual([]);
    await daemon.stop();
  });
});

describe('memcached() logs in', () => {
  let guarded: GuardedMemcached;
  beforeEach(async () => (guarded = await GuardedMemcached.start('ann', 'se:c@ret')));
  afterEach(() => guarded.stop());

  test('with the credentials before the host', async () => {
    expect(await hitsOf(() => backendAt(`ann:se%3Ac%40ret@${guarded.address}`))).toEqual(SHARED);
    expect(guarded.intruders).toBe(0);
  });

  test('with the credentials of the environment', async () => {
    const env = {
      MEMCACHE_SERVERS: guarded.address,
      MEMCACHE_USERNAME: 'ann',
      MEMCACHE_PASSWORD: 'se:c@ret',
    };
    expect(await hitsOf(() => within(env, () => backendAt()))).toEqual(SHARED);
  });

  test('and if it is refused, every call returns the right value, and no message contains the password', async () => {
    expect(await hitsOf(() => backendAt(`ann:wr0ng@${guarded.address}`))).toEqual(NOTHING);
    expect(guarded.intruders).toBe(0);
    expect(events[0]).toMatchObject({
      type: 'open',
      server: guarded.address,
      error: { message: expect.stringContaining('login') },
    });
    expect(
      JSON.stringify(events.map((event) => [event, String((event as any).error)])),
    ).not.toContain('wr0ng');
  });
});

describeMemcached('memcached() uses', () => {
  describeTls('TLS', () => {
    let pair: KeyPair;
    let daemon: MemcachedDaemon;
    let front: TlsFront;
    beforeAll(() => (pair = selfSigned()));
    beforeEach(async () => {
      daemon = await MemcachedDaemon.start();
      front = await TlsFront.start(pair, daemon.port);
    });
    afterEach(async () => {
      await front.stop();
      await daemon.stop();
    });

    test('with a server whose certificate the given authority has signed', async () => {
      expect(await hitsOf(() => backendAt(front.address, { tls: { ca: pair.cert } }))).toEqual(
        SHARED,
      );
      expect(events).toEqual([]);
    });

    test.each([
      ['nobody vouches for', () => true],
      ['another authority vouches for', () => ({ ca: selfSigned().cert })],
      ['bears another name', () => ({ ca: pair.cert, servername: 'elsewhere.invalid' })],
    ])(
      'and refuses a server whose certificate %s, while every call returns the right value',
      async (_, options) => {
        const tls = options();
        expect(await hitsOf(() => backendAt(front.address, { tls }))).toEqual(NOTHING);
        expect(events[0]).toMatchObject({ type: 'open', server: front.address });
        expect(await daemon.ask('stats')).toContain('STAT cmd_get 0');
      },
    );

    test('and every call returns the right value if the server does not use TLS, or is not there', async () => {
      const options = { tls: { ca: pair.cert }, timeout: 100 };
      for (const address of [daemon.address, `localhost:${await freePort()}`]) {
        expect(await hitsOf(() => backendAt(address, options))).toEqual(NOTHING);
      }
    });

    test('and every call returns the right value if only the server uses TLS', async () => {
      expect(await hitsOf(() => backendAt(front.address, { timeout: 100 }))).toEqual(NOTHING);
    });
  });
});
