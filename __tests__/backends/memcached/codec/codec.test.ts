import { deflateSync } from 'node:zlib';

import { createCodec } from '../../../../src/backends/memcached/codec/codec.js';
import { describeValue } from '../../../../src/platform/describe-value.js';
import { CodecError, OptionError } from '../../../../src/errors.js';

const codec = createCodec();

const encoded = (value: unknown) => {
  const { bytes, flags } = codec.encode(value);
  return [flags, Buffer.from(bytes).toString('latin1')];
};
const decoded = (flags: number, bytes: string | Uint8Array) =>
  codec.decode(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, flags);

// Stored entries have these forms, and Python reads them: they must not change.
const text = (kind: number) => 16 | (kind << 8);
test.each<[string, unknown, number, string]>([
  ['a string', 'hé', 16, 'h\xc3\xa9'],
  ['an empty string', '', 16, ''],
  ['a string that begins with a byte order mark', '\ufeffa', 16, '\xef\xbb\xbfa'],
  ['a string with a lone surrogate', 'a\ud800', text(1), '"a\\ud800"'],
  ['an integer', 25, 2, '25'],
  ['a negative integer', -7, 2, '-7'],
  ['the largest safe integer', 2 ** 53 - 1, 2, '9007199254740991'],
  ['an integer past the safe ones', 2 ** 53, text(1), '9007199254740992'],
  ['a bigint', 5n, 2 | (1 << 8), '5'],
  ['a large bigint', 2n ** 70n, 2 | (1 << 8), '1180591620717411303424'],
  ['a fraction', 1.5, text(1), '1.5'],
  ['minus zero', -0, text(2), '-6'],
  ['NaN', NaN, text(2), '-3'],
  ['infinity', Infinity, text(2), '-4'],
  ['undefined', undefined, text(2), '-1'],
  ['null', null, text(1), 'null'],
  ['true', true, text(1), 'true'],
  ['a plain object', { a: 1, b: ['x', null] }, text(1), '{"a":1,"b":["x",null]}'],
  ['an array', [1, 'a'], text(1), '[1,"a"]'],
  ['a Buffer', Buffer.from([0, 255, 128]), 0, '\x00\xff\x80'],
  ['an empty Buffer', Buffer.alloc(0), 0, ''],
  ['a Uint8Array', new Uint8Array([0, 255]), 1, '\x80\x03B\x02\0\0\0\x00\xff.'],
  ['a Date', new Date(0), text(2), '[["Date","1970-01-01T00:00:00.000Z"]]'],
  ['a Map', new Map([['a', 1]]), text(2), '[["Map",1,2],"a",1]'],
  [
    'a Buffer within',
    [Buffer.from('a')],
    text(2),
    '[[1],["Buffer",2],["Uint8Array",3],["ArrayBuffer","YQ=="]]',
  ],
])('%s is encoded to these bytes and flags, and decoded again', (_, value, flags, bytes) => {
  expect(encoded(value)).toEqual([flags, bytes]);
  const back = decoded(flags, bytes);
  expect(back).toStrictEqual(value);
});

test('an encoded value does not change when the caller changes its Buffer', () => {
  const buffer = Buffer.from('before');
  const { bytes } = codec.encode(buffer);
  buffer.write('after!');
  expect(Buffer.from(bytes).toString()).toBe('before');
});

test.each([
  ['a Buffer', 0, 'x'],
  ['a Uint8Array', 1, '\x80\x03B\x01\0\0\0x.'],
])('%s is decoded to memory of its own', (_, flags, bytes) => {
  const received = Buffer.concat([Buffer.alloc(500_000), Buffer.from(bytes, 'latin1')]);
  const value = decoded(flags, received.subarray(500_000)) as Uint8Array;
  expect(value.buffer.byteLength).toBe(1);
});

test('bytes of other programs are decoded to a Buffer, which is a Uint8Array as well', () => {
  const value = decoded(0, 'abc');
  expect(Buffer.isBuffer(value)).toBe(true);
  expect(value).toBeInstanceOf(Uint8Array);
});

describe('integers of other programs', () => {
  test.each<[number, string, unknown]>([
    [2, '42', 42],
    [4, '-7', -7],
    [2, '9007199254740991', 9007199254740991],
    [2, '9007199254740993', 9007199254740993n],
    [4, '1180591620717411303424', 2n ** 70n],
    [2, '99  ', 99],
    [2, '007', 7],
    [2, '-0', 0],
  ])('flags %d and %j are decoded to %p', (flags, bytes, value) => {
    expect(decoded(flags, bytes)).toBe(value);
  });

  test.each([
    '',
    ' ',
    '1.5',
    '4.2e1',
    'true',
    '0x10',
    '1_000',
    '+5',
    '- 5',
    '5\n',
    '\xd9\xa3',
    '5 5',
  ])('%j is refused', (bytes) => {
    expect(() => decoded(2, bytes)).toThrow(
      new CodecError('cannot be decoded: not a decimal integer'),
    );
  });

  test('an integer of more than a million digits is refused, since it takes too long to parse', () => {
    expect(() => decoded(2, '9'.repeat(1_000_002))).toThrow(
      'cannot be decoded: an integer of more than 1000000 digits',
    );
    expect(() => codec.encode(10n ** 1_000_001n)).toThrow(
      'cannot be encoded without loss: value is a bigint of more than 1000000 digits',
    );
  });
});

test.each([
  ['of no type, with private bits', 0x100],
  ['of no type, with metadata', 0xfc00_0000],
  ['bit 5', 16 | 32],
  ['bit 6', 2 | 64],
  ['bit 7', 16 | 128],
  ['two types', 1 | 4],
  ['every type', 23],
  ['a kind that integers do not have', 2 | (2 << 8)],
  ['a kind that longs do not have', 4 | (1 << 8)],
  ['a kind that pickles do not have', 1 | (1 << 8)],
  ['the kind that is free', 16 | (3 << 8)],
  ['the kind of placeholders', 1 | (3 << 8)],
])('flags with %s are refused', (_, flags) => {
  expect(() => decoded(flags, '1')).toThrow(CodecError);
  expect(() => decoded(flags, '1')).toThrow(/unknown flags 0x/);
});

test('the codec ignores metadata in the upper bits', () => {
  expect(decoded((0xabcd_ec00 | 2) >>> 0, '25')).toBe(25);
  expect(decoded((0xffff_fc00 | 16 | (1 << 8)) >>> 0, '[1]')).toEqual([1]);
});

test.each<[string, number, string]>([
  ['text that is not UTF-8', 16, '\xff'],
  ['text that is cut within a character', 16, 'h\xc3'],
  ['JSON that is cut', 16 | (1 << 8), '{"a":'],
  ['JSON that is empty', 16 | (1 << 8), ''],
  ['devalue text that is JSON alone', 16 | (2 << 8), '{"a":1}'],
  ['devalue text of an unknown class', 16 | (2 << 8), '[["Constructor",1],"x"]'],
  ['devalue text that refers to itself for bytes', 16 | (2 << 8), '[["Uint8Array",0]]'],
  ['devalue text of a Buffer that has none', 16 | (2 << 8), '[["Buffer",1],"x"]'],
  ['devalue text of an error without parts', 16 | (2 << 8), '[["Error",1],{}]'],
  [
    'devalue text of an error of no such class',
    16 | (2 << 8),
    '[["Error",1],{"type":2,"hidden":3,"shown":3},"toString",{}]',
  ],
  ['devalue text of a bigint that is none', 16 | (2 << 8), '[["BigInt","0x10"]]'],
  ['devalue text that sets a prototype', 16 | (2 << 8), '[{"__proto__":1},{"polluted":2},true]'],
  ['compressed bytes that are not', 16 | 8, 'plain'],
  [
    'compressed bytes that are cut',
    16 | 8,
    deflateSync('x'.repeat(99)).subarray(0, -5).toString('latin1'),
  ],
])('%s is refused', (_, flags, bytes) => {
  expect(() => decoded(flags, bytes)).toThrow(CodecError);
  expect(() => decoded(flags, bytes)).toThrow(/^cannot be decoded: /);
});

test('__proto__ in JSON pollutes nothing', () => {
  const value = decoded(16 | (1 << 8), '{"__proto__":{"polluted":true},"a":{"__proto__":null}}');
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  expect((value as { polluted?: boolean }).polluted).toBeUndefined();
});

test('JSON nested deeper than the stack is refused and does not crash', () => {
  const deep = `[${Array.from({ length: 200_000 }, (_, index) => `[${index + 1}]`).join()},[]]`;
  expect(() => decoded(16 | (2 << 8), deep)).toThrow(CodecError);
});

describe('compress', () => {
  const squeezing = createCodec({ compress: 1000 });
  const page = 'memoize '.repeat(1000);

  test('is off by default, since pymemcache cannot read a compressed string', () => {
    expect(codec.encode(page).flags).toBe(16);
    expect(createCodec({ compress: false }).encode(page).flags).toBe(16);
  });

  test.each<[string, unknown, number]>([
    ['a string', page, 16 | 8],
    ['JSON', { page }, 16 | 8 | (1 << 8)],
    ['devalue text', new Map([[page, 1n]]), 16 | 8 | (2 << 8)],
  ])('makes %s smaller, and any codec decodes it', (_, value, flags) => {
    const small = squeezing.encode(value);
    expect(small.flags).toBe(flags);
    expect(small.bytes.length).toBeLessThan(500);
    expect(codec.decode(small.bytes, small.flags)).toStrictEqual(value);
  });

  test('does not compress short or random strings, bytes or integers', () => {
    const random = Array.from({ length: 4000 }, () => String.fromCharCode(Math.random() * 128));
    expect(squeezing.encode('x'.repeat(999)).flags).toBe(16);
    expect(squeezing.encode('x'.repeat(1000)).flags).toBe(24);
    expect(squeezing.encode(random.join('')).flags).toBe(16);
    expect(squeezing.encode(Buffer.alloc(5000)).flags).toBe(0);
    expect(squeezing.encode(10n ** 4000n).flags).toBe(2 | (1 << 8));
  });

  test('bytes and integers that other programs compressed are decoded', () => {
    expect(decoded(8, deflateSync('x'.repeat(99)))).toEqual(Buffer.from('x'.repeat(99)));
    expect(decoded(8 | 2, deflateSync('42'))).toBe(42);
    expect(decoded(8 | 1, deflateSync('N.'))).toBeNull();
  });

  test('bytes that inflate to more than 64 MiB are refused', () => {
    const bomb = deflateSync(Buffer.alloc(64 * 2 ** 20 + 1));
    expect(bomb.length).toBeLessThan(100_000);
    expect(() => decoded(8, bomb)).toThrow(CodecError);
  });

  test.each([-1, NaN, '2kb' as never, true as never])('%p is refused as an option', (compress) => {
    expect(() => createCodec({ compress })).toThrow(OptionError);
    expect(() => createCodec({ compress })).toThrow(
      `\`compress\` must be false or a number of bytes, 0 or more, but is ${describeValue(compress)}`,
    );
  });
});
