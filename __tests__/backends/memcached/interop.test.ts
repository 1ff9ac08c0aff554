import { connect } from 'node:net';

import { createCodec, type Encoded } from '../../../src/backends/memcached/codec/codec.js';
import { expiry } from '../../../src/backends/memcached/item/expiry.js';
import { fitKey } from '../../../src/backends/memcached/fit-key.js';
import { carriesMeta } from '../../../src/backends/memcached/codec/flags.js';
import { packMeta } from '../../../src/backends/memcached/item/meta.js';
import { CodecError } from '../../../src/errors.js';
import { describeMemcached, MemcachedDaemon } from '../../support/memcached-daemon.js';
import { describePython, python } from '../../support/python.js';

const CLIENTS = `
import memcache, pylibmc, pymemcache
from pymemcache.serde import pickle_serde
host, port = input['host'], input['port']
clients = {
    'python-memcached': lambda: memcache.Client(['%s:%d' % (host, port)]),
    'pymemcache': lambda: pymemcache.Client((host, port), serde=pickle_serde),
    'pylibmc': lambda: pylibmc.Client(['%s:%d' % (host, port)]),
    'pylibmc binary': lambda: pylibmc.Client(['%s:%d' % (host, port)], binary=True),
}
`;
const NAMES = ['python-memcached', 'pymemcache', 'pylibmc', 'pylibmc binary'] as const;
type ClientName = (typeof NAMES)[number];

/** The value that a Python client reads under a key: type and \`repr\`, or the exception's name. */
type Read = readonly [type: string, repr: string];

const codec = createCodec();
const HOUR = 3_600_000;

describeMemcached('with a real memcached', () => {
  let daemon: MemcachedDaemon;
  beforeAll(async () => (daemon = await MemcachedDaemon.start()));
  afterAll(() => daemon.stop());
  const endpoint = () => ({ host: '127.0.0.1', port: daemon.port });

  /** Sends a request of the text protocol, and resolves to its complete answer. */
  function exchange(request: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      let answer = Buffer.alloc(0);
      const socket = connect(daemon.port, '127.0.0.1', () => socket.write(request));
      socket.on('error', reject).on('data', (part: Buffer) => {
        answer = Buffer.concat([answer, part]);
        if (!/(?:END|STORED|ERROR.*)\r\n$/.test(answer.toString('latin1'))) return;
        socket.destroy();
        resolve(answer);
      });
    });
  }

  async function set(key: string, { bytes, flags }: Encoded): Promise<void> {
    const now = Date.now();
    const meta = { freshUntil: now + HOUR, cost: 120 };
    const word = carriesMeta(flags) ? (flags | packMeta(meta, HOUR, now)) >>> 0 : flags;
    const head = `set ${fitKey(key)} ${word} ${expiry(HOUR, now)} ${bytes.length}\r\n`;
    const answer = await exchange(Buffer.concat([Buffer.from(head), bytes, Buffer.from('\r\n')]));
    expect(answer.toString()).toBe('STORED\r\n');
  }

  async function get(key: string): Promise<unknown> {
    const answer = await exchange(Buffer.from(`get ${key}\r\n`));
    const [head = '', flags, length] =
      /^VALUE \S+ (\d+) (\d+)\r\n/.exec(answer.toString('latin1')) ?? [];
    expect(head).not.toBe('');
    return codec.decode(answer.subarray(head.length, head.length + Number(length)), Number(flags));
  }

  test('the codec decodes the values that it has encoded', async () => {
    for (const value of ['a', 5, 5n, 1.5, Buffer.from('b'), new Uint8Array(3), new Map([[1, 2]])]) {
      await set('key of a test', codec.encode(value));
      expect(await get(fitKey('key of a test'))).toStrictEqual(value);
    }
  });

  describePython('Python', () => {
    function readBy(client: ClientName, keys: readonly string[]): Read[] {
      const script = `${CLIENTS}
client = clients[input['client']]()
output = []
for key in input['keys']:
    try:
        value = client.get(key)
        output.append([type(value).__name__, ascii(value)])
    except Exception as error:
        output.append(['raises', type(error).__name__])
`;
      return python(script, { ...endpoint(), client, keys }) as Read[];
    }

    const ours: [string, unknown, Read][] = [
      ['a string', 'abc', ['str', "'abc'"]],
      ['a string of any script', 'hé€😀', ['str', String.raw`'h\xe9\u20ac\U0001f600'`]],
      ['an empty string', '', ['str', "''"]],
      ['a large string', 'x'.repeat(5000), ['str', `'${'x'.repeat(5000)}'`]],
      ['an integer', 25, ['int', '25']],
      ['a negative integer', -7, ['int', '-7']],
      ['the largest safe integer', 2 ** 53 - 1, ['int', '9007199254740991']],
      ['a bigint', 2n ** 70n, ['int', '1180591620717411303424']],
      ['a Buffer', Buffer.from([0, 255, 128]), ['bytes', String.raw`b'\x00\xff\x80'`]],
      ['an empty Buffer', Buffer.alloc(0), ['bytes', "b''"]],
      ['a Uint8Array', new Uint8Array([0, 255, 128]), ['bytes', String.raw`b'\x00\xff\x80'`]],
      ['an empty Uint8Array', new Uint8Array(0), ['bytes', "b''"]],
      ['an object, as JSON', { a: [1, null] }, ['str', `'{"a":[1,null]}'`]],
      ['a fraction, as JSON', 1.5, ['str', "'1.5'"]],
      ['a boolean, as JSON', true, ['str', "'true'"]],
      ['a Date, as devalue text', new Date(0), ['str', `'[["Date","1970-01-01T00:00:00.000Z"]]'`]],
    ];

    test.each(NAMES)(
      '%s reads encoded values as its own types, whatever the metadata',
      async (name) => {
        for (const [title, value] of ours) await set(`ours:${title}`, codec.encode(value));
        const read = readBy(
          name,
          ours.map(([title]) => fitKey(`ours:${title}`)),
        );
        expect(Object.fromEntries(ours.map(([title], index) => [title, read[index]]))).toEqual(
          Object.fromEntries(ours.map(([title, , expected]) => [title, expected])),
        );
      },
    );

    test('all clients but pymemcache read a compressed string, hence the default', async () => {
      await set('page', createCodec({ compress: 1000 }).encode('x'.repeat(5000)));
      const text: Read = ['str', `'${'x'.repeat(5000)}'`];
      expect(readBy('python-memcached', ['page'])).toEqual([text]);
      expect(readBy('pylibmc', ['page'])).toEqual([text]);
      expect(readBy('pymemcache', ['page'])).toEqual([['raises', 'UnicodeDecodeError']]);
    });

    test.each(NAMES)('%s increments encoded integers, and their types stay', async (name) => {
      await set('counter', codec.encode(41));
      await set('big', codec.encode(41n));
      const script = `${CLIENTS}
client = clients[input['client']]()
output = [client.incr('counter', 1), client.incr('big', 1)]`;
      expect(python(script, { ...endpoint(), client: name })).toEqual([42, 42]);
      expect(await get('counter')).toBe(42);
      expect(await get('big')).toBe(42n);
    });

    const theirs: [string, unknown][] = [
      ["'abc'", 'abc'],
      [String.raw`'h\xe9\u20ac\U0001f600'`, 'hé€😀'],
      ["''", ''],
      ["b'abc'", Buffer.from('abc')],
      [String.raw`b'\x00\xff\x80'`, Buffer.from([0, 255, 128])],
      ['42', 42],
      ['-7', -7],
      ['2**53 - 1', 2 ** 53 - 1],
      ['2**53 + 1', 2n ** 53n + 1n],
      ['-2**70', -(2n ** 70n)],
      ['1.5', 1.5],
      ['-0.0', -0],
      ['1e300', 1e300],
      ['1.5e-7', 1.5e-7],
      ["float('nan')", NaN],
      ["float('-inf')", -Infinity],
      ['None', null],
    ];
    const refused = ["[1, 'a']", "{'a': 1}", '(1, 2)', '{1}', 'type'];

    test.each(NAMES)(
      'values that %s stores are decoded, and pickles of other types are refused',
      async (name) => {
        const expressions = [
          ...theirs.map(([expression]) => expression),
          'True',
          'False',
          ...refused,
        ];
        const script = `${CLIENTS}
client = clients[input['client']]()
for index, expression in enumerate(input['expressions']):
    assert client.set('theirs:%d' % index, eval(expression))
output = None`;
        python(script, { ...endpoint(), client: name, expressions });
        const read = await Promise.all(
          expressions.map((_, index) => get(`theirs:${index}`).catch((error: unknown) => error)),
        );
        for (const [index, [, value]] of theirs.entries()) expect(read[index]).toStrictEqual(value);
        // pylibmc stores a bool as it does an integer.
        const bools = name.startsWith('pylibmc') ? [1, 0] : [true, false];
        expect(read.slice(theirs.length, theirs.length + 2)).toEqual(bools);
        for (const error of read.slice(-refused.length)) expect(error).toBeInstanceOf(CodecError);
      },
    );

    test.each(['python-memcached', 'pylibmc'] as const)(
      'values that %s compressed are decoded',
      async (name) => {
        const script = `${CLIENTS}
client = clients[input['client']]()
output = [client.set('c:str', 'x' * 5000, min_compress_len=100),
          client.set('c:bytes', b'y' * 5000, min_compress_len=100)]`;
        python(script, { ...endpoint(), client: name });
        expect(await get('c:str')).toBe('x'.repeat(5000));
        expect(await get('c:bytes')).toEqual(Buffer.from('y'.repeat(5000)));
      },
    );

    test('keys within the limits are the same on both sides', async () => {
      const keys = ['sq:5', 'user:{1}', 'x'.repeat(250)];
      for (const key of keys) await set(key, codec.encode(key));
      for (const name of NAMES) {
        expect(readBy(name, keys)).toEqual(keys.map((key) => ['str', `'${key}'`]));
      }
    });
  });
});
