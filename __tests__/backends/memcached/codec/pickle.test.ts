import { pickleBytes, fromPickle } from '../../../../src/backends/memcached/codec/pickle.js';
import { CodecError } from '../../../../src/errors.js';

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const hex = (text: string) => Buffer.from(text.replace(/ /g, ''), 'hex');

describe('a pickle of protocol 0', () => {
  test.each<[string, unknown]>([
    ['N.', null],
    ['I01\n.', true],
    ['I00\n.', false],
    ['I42\n.', 42],
    ['I-7\n.', -7],
    ['I1\n.', 1],
    ['L1180591620717411303424L\n.', 2n ** 70n],
    ['L5L\n.', 5],
    ['F1.5\n.', 1.5],
    ['F-0.0\n.', -0],
    ['F2\n.', 2],
    ['F1e+300\n.', 1e300],
    ['F1.5e-07\n.', 1.5e-7],
    ['Fnan\n.', NaN],
    ['Finf\n.', Infinity],
    ['F-inf\n.', -Infinity],
  ])('%j is decoded', (pickle, value) => {
    expect(fromPickle(latin1(pickle))).toBe(value);
  });
});

describe('a pickle of protocols 2 to 5', () => {
  test.each<[string, string, unknown]>([
    ['None', '80 02 4e 2e', null],
    ['True', '80 04 88 2e', true],
    ['False', '80 05 89 2e', false],
    ['a float', '80 02 47 3ff8000000000000 2e', 1.5],
    ['a float in a frame', '80 05 95 0a00000000000000 47 3ff8000000000000 2e', 1.5],
    ['NaN', '80 05 95 0a00000000000000 47 7ff8000000000000 2e', NaN],
    ['an integer of one byte', '80 05 4b ff 2e', 255],
    ['an integer of two bytes', '80 05 4d 0001 2e', 256],
    ['an integer of four bytes', '80 05 95 06 00000000000000 4a f9ffffff 2e', -7],
    ['a long integer', '80 05 95 0b 00000000000000 8a 08 0100000000002000 2e', 2n ** 53n + 1n],
    ['a negative long integer', '80 02 8a 05 ffffffffff 2e', -1],
    ['the long integer 0', '80 02 8a 00 2e', 0],
  ])('with %s is decoded', (_, pickle, value) => {
    expect(fromPickle(hex(pickle))).toBe(value);
  });

  test('with short bytes is decoded', () => {
    expect(fromPickle(hex('80 04 43 02 00ff 2e'))).toStrictEqual(new Uint8Array([0, 255]));
  });
});

test('that pickleBytes encoded is decoded to the same bytes', () => {
  for (const bytes of [
    new Uint8Array(0),
    new Uint8Array([46, 46]),
    new Uint8Array(100_000).fill(7),
  ]) {
    expect(fromPickle(pickleBytes(bytes))).toStrictEqual(bytes);
  }
});

test.each<[string, Buffer]>([
  ['nothing', hex('')],
  ['a list', latin1('(lp0\nI1\naVa\np1\na.')],
  ['a string', latin1('Vabc\np0\n.')],
  ['a call', latin1("cos\nsystem\n(S'echo'\ntR.")],
  ['a call of protocol 4', hex('80 04 8c 02 6f73 8c 06 73797374656d 93 2e')],
  ['a float that JavaScript reads and Python does not write', latin1('F0x10\n.')],
  ['a float of nothing', latin1('F\n.')],
  ['an integer without its end', latin1('I42\n')],
  ['something after the end', latin1('N.N.')],
  ['a float cut short', hex('80 02 47 3ff8 2e')],
  ['bytes cut short', hex('80 03 42 05000000 61 2e')],
  ['bytes without their end', hex('80 03 42 01000000 61 61')],
  ['bytes that go on', hex('80 03 42 01000000 61 61 2e')],
  ['the first half of a length', hex('80 03 42 0100')],
  ['a long integer cut short', hex('80 02 8a 05 ff 2e')],
  ['no opcode', hex('80 02')],
  ['no protocol', hex('80')],
])('%s is refused, and no code is executed', (_, pickle) => {
  expect(() => fromPickle(pickle)).toThrow(CodecError);
});
