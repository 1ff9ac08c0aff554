import { createHash } from 'node:crypto';
import { createCache, type BoundCache } from '../../src/index.js';
import { memcached, type MemcachedBackend } from '../../src/memcached.js';
import { describeMemcached, MemcachedDaemon } from '../support/memcached-daemon.js';

/** The flags that Python clients read: 16 for a string, 2 for an integer, 0 for bytes. */
const TYPE_BITS = 0x1f;

describeMemcached('P11: other programs can read the items on memcached', () => {
  let daemon: MemcachedDaemon;
  let cache: BoundCache<MemcachedBackend>;
  beforeAll(async () => {
    daemon = await MemcachedDaemon.start();
  });
  beforeEach(() => {
    cache = createCache({ backend: memcached(daemon.address, { timeout: '5s' }) });
  });
  afterEach(() => cache.close());
  afterAll(() => daemon.stop());

  /** The item that another program reads under a key, its bytes as one character each. */
  async function read(key: string): Promise<{ flags: number; text: string } | undefined> {
    const answer = await daemon.ask(`get ${key}`);
    const [, flags, text] = /^VALUE \S+ (\d+) \d+\r\n([^]*)\r\nEND\r\n$/.exec(answer) ?? [];
    return text === undefined ? undefined : { flags: Number(flags), text };
  }
  const utf8 = (text: string): string => Buffer.from(text).toString('latin1');

  test.each([
    ['a string', 'héllo €😀', 16, utf8('héllo €😀')],
    ['an empty string', '', 16, ''],
    ['a string of digits', '25', 16, '25'],
    ['a string of several lines', 'a\nb\0c', 16, 'a\nb\0c'],
    ['an integer', 25, 2, '25'],
    ['a negative integer', -7, 2, '-7'],
    ['zero', 0, 2, '0'],
    ['the largest safe integer', 2 ** 53 - 1, 2, '9007199254740991'],
    ['a Buffer', Buffer.from('abc'), 0, 'abc'],
  ])(
    '%s is stored without a wrapper, with the flags that Python uses',
    async (title, value, flags, text) => {
      const key = `bare:${title.replaceAll(' ', '_')}`;
      await cache.memoize(async () => value, { key: () => key })();
      await cache.idle();
      expect(await read(key)).toEqual({ flags, text });
    },
  );

  test.each([
    ['a string', 'abc', 16, 'abc'],
    ['an integer', 25, 2, '25'],
    ['a Buffer', Buffer.from('abc'), 0, 'abc'],
    ['a bigint', 2n ** 70n, 2, `${2n ** 70n}`],
    ['a boolean', true, 16, 'true'],
    ['an object, as JSON', { a: [1, null] }, 16, '{"a":[1,null]}'],
  ])('%s with a ttl has the same type and bytes', async (title, value, type, text) => {
    const key = `ttl:${title.replaceAll(' ', '_')}`;
    await cache.memoize(async () => value, { key: () => key, ttl: '1h' })();
    await cache.idle();
    const item = await read(key);
    expect(item?.text).toBe(text);
    expect((item?.flags ?? 0) & TYPE_BITS).toBe(type);
  });

  test.each([
    ['a template', 'sq:5'],
    ['all printable characters', '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'],
    ['another script', 'größe:ключ'],
    ['250 bytes', 'x'.repeat(250)],
  ])('a key given as a string is used unchanged: %s', async (_, key) => {
    const f = cache.memoize(async (text: string) => text.length, { key: (text) => text });
    await f(key);
    await cache.idle();
    expect(await daemon.ask(`get ${key}`)).toContain(`\r\n${key.length}\r\nEND`);
  });

  test('a template yields the exact key, for a function and for a method', async () => {
    class Users {
      @cache.cached({ key: 'user:{0}:{1.id}' })
      async find(group: string, account: { id: number }): Promise<string> {
        return `${group}/${account.id}`;
      }
    }
    await new Users().find('staff', { id: 7 });
    await cache.memoize((n: number) => n * n, { key: 'sq:{0}' })(12);
    await cache.idle();
    expect(await read('user:staff:7')).toEqual({ flags: 16, text: 'staff/7' });
    expect(await read('sq:12')).toEqual({ flags: 2, text: '144' });
  });

  test('a derived key is readable text', async () => {
    const f = cache.memoize(async (_: number, __: string, ___: object) => 1, { name: 'Repo.find' });
    await f(1, 'a', { id: 5n });
    await cache.idle();
    expect(f.keyFor(1, 'a', { id: 5n })).toBe("Repo.find(1,'a',{id:5n})");
    expect(await read("Repo.find(1,'a',{id:5n})")).toEqual({ flags: 2, text: '1' });
  });

  test('a key that memcached does not accept keeps a readable prefix', async () => {
    const f = cache.memoize(async (_: string) => 1, { name: 'long' });
    await f('x'.repeat(300));
    await cache.idle();
    const key = `long('${'x'.repeat(300)}')`;
    const digest = createHash('sha256').update(Buffer.from(key, 'utf16le')).digest('hex');
    expect(f.keyFor('x'.repeat(300))).toBe(key);
    expect(await read(`${key.slice(0, 120)}~sha256:${digest}`)).toEqual({ flags: 2, text: '1' });
  });

  test.each([
    ['a string', 16, 'größe', 'größe'],
    ['an empty string', 16, '', ''],
    ['an integer', 2, '49', 49],
    ['an integer padded by decr', 2, '9 ', 9],
    ['a large integer', 2, '9007199254740993', 9007199254740993n],
    ['a long of Python 2', 4, '49', 49],
    ['bytes', 0, 'abc', Buffer.from('abc')],
    ['a string with metadata of another library', 16 | (1 << 12), 'plain', 'plain'],
  ])('an item stored by another program is hit: %s', async (title, flags, text, value) => {
    const key = `theirs:${title.replaceAll(' ', '_')}`;
    const line = `set ${key} ${flags} 0 ${Buffer.byteLength(text)}`;
    expect(await daemon.ask(`${line}\r\n${text}`)).toBe('STORED\r\n');
    const f = cache.memoize(async (): Promise<unknown> => 'computed', { key: () => key });
    expect(await f()).toStrictEqual(value);
    expect(cache.stats()).toMatchObject({ hit: 1, miss: 0 });
  });

  test('deletes and increments by other programs take effect', async () => {
    let computed = 0;
    const f = cache.memoize(async (_: number) => (computed += 40), { key: 'count:{0}' });
    await f(1);
    await cache.idle();
    expect(await daemon.ask('incr count:1 2')).toBe('42\r\n');
    expect(await f(1)).toBe(42);
    expect(await daemon.ask('delete count:1')).toBe('DELETED\r\n');
    expect(await f(1)).toBe(80);
  });

  test('only the value remains, without a placeholder', async () => {
    const f = cache.memoize(async (n: number) => n, { key: 'alone:{0}' });
    await Promise.all([f(1), f(2), f(1)]);
    await cache.idle();
    const items = async () => /STAT curr_items (\d+)/.exec(await daemon.ask('stats'))?.[1];
    const before = Number(await items());
    await Promise.all([f(3), f(3)]);
    await cache.idle();
    expect(Number(await items())).toBe(before + 1);
  });
});
