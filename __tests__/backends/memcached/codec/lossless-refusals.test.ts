import { createCodec } from '../../../../src/backends/memcached/codec/codec.js';
import { CodecError } from '../../../../src/errors.js';

const codec = createCodec();

class User {
  name = 'Ann';
}
class Rows extends Array<number> {}
class Registry extends Map<string, number> {}
class HttpError extends Error {}
class Bytes extends Uint8Array {}

function itsArguments(): unknown {
  return arguments; // eslint-disable-line prefer-rest-params -- is what is tested
}
const hidden = (owner: object) => Object.defineProperty(owner, 'hidden', { value: 1 });
const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);

test.each<[string, () => unknown]>([
  ['value is a function', () => () => 1],
  ['value is a symbol', () => Symbol('s')],
  ['value.user.save is a function', () => ({ user: { save: () => 1 } })],
  ['value["first name"][2] is a symbol', () => ({ 'first name': [1, 2, Symbol.iterator] })],
  ['value.toJSON is a function', () => ({ toJSON: () => 'other' })],
  ['value is an instance of User', () => new User()],
  ['value.rows[0] is an instance of User', () => ({ rows: [new User()] })],
  ['value is an instance of Rows', () => Rows.of(1)],
  ['value is an instance of Registry', () => new Registry()],
  ['value is an instance of HttpError', () => new HttpError()],
  ['value is an instance of Bytes', () => new Bytes()],
  ['value is an object with a prototype of its own', () => Object.create({ a: 1 })],
  ['value is a promise', () => Promise.resolve(1)],
  ['value is a WeakMap', () => new WeakMap()],
  ['value is a boxed string', () => new String('boxed')],
  ['value is a plain object that calls itself Arguments', () => itsArguments()],
  ['value is a Date that calls itself Object', () => Object.create(Date.prototype)],
  ['value.get("k") is a function', () => new Map([['k', () => 1]])],
  ['value.get(7) is a function', () => new Map([[7, () => 1]])],
  ['value.values()[0] is a function', () => new Map([[{}, () => 1]])],
  [
    'value.keys()[1] is a function',
    () =>
      new Map<unknown, number>([
        [1, 1],
        [() => 1, 2],
      ]),
  ],
  ['value.values()[1] is an instance of User', () => new Set<unknown>([1, new User()])],
  ['value.cause is an instance of User', () => new Error('x', { cause: new User() })],
  ['value.code is an accessor', () => Object.defineProperty(new Error(), 'code', { get: () => 1 })],
  [
    'value.now is an accessor',
    () => ({
      get now() {
        return 1;
      },
    }),
  ],
  ['value[1] is an accessor', () => Object.defineProperty([0, 1], 1, { get: () => 1 })],
  ['value.__proto__ is a property that sets prototypes', () => JSON.parse('{"__proto__":1}')],
  ['value[Symbol(s)] is a property that would be lost', () => ({ a: 1, [Symbol('s')]: 2 })],
  [
    'value[Symbol(s)] is a property that would be lost',
    () => Object.assign(new Error(), { [Symbol('s')]: 1 }),
  ],
  ['value.hidden is a property that would be lost', () => hidden({ a: 1 })],
  ['value.hidden is a property that would be lost', () => hidden([1, 2])],
  ['value.index is a property that would be lost', () => /a/.exec('a')],
  ['value.extra is a property that would be lost', () => Object.assign(new Date(), { extra: 1 })],
  ['value.extra is a property that would be lost', () => Object.assign(/a/, { extra: 1 })],
  [
    'value.x is a Uint8Array with properties of its own',
    () => ({ x: Object.assign(new Uint8Array(2), { y: 1 }) }),
  ],
  ['value is a Buffer with properties of its own', () => Object.assign(Buffer.from('a'), { y: 1 })],
  ['value is a RegExp with a lastIndex', () => Object.assign(/a/g, { lastIndex: 1 })],
  ['value is a SharedArrayBuffer', () => new SharedArrayBuffer(1)],
  ['value is a SharedArrayBuffer', () => new Int8Array(new SharedArrayBuffer(1))],
  [`value${'[0]'.repeat(500)} is more than 500 levels deep`, () => deep(1000)],
])('the codec refuses a value with the message: %s', (message, make) => {
  const value = make();
  expect(() => codec.encode(value)).toThrow(CodecError);
  expect(() => codec.encode(value)).toThrow(
    new CodecError(`cannot be encoded without loss: ${message}`),
  );
});

test('the codec refuses a resizable ArrayBuffer', () => {
  const Resizable = ArrayBuffer as unknown as new (
    n: number,
    o: { maxByteLength: number },
  ) => ArrayBuffer;
  expect(() => codec.encode(new Resizable(1, { maxByteLength: 2 }))).toThrow(
    'value is a resizable ArrayBuffer',
  );
});

test('a value nested deeper than the stack is refused and does not crash', () => {
  let chain: unknown = 1;
  for (let level = 0; level < 100_000; level += 1) chain = { chain };
  expect(() => codec.encode(chain)).toThrow(CodecError);
});

test('an error that a proxy throws is the cause of a CodecError', () => {
  const cause = new TypeError('trapped');
  const proxy = new Proxy(
    {},
    {
      ownKeys: () => {
        throw cause;
      },
    },
  );
  expect(() => codec.encode(proxy)).toThrow(
    expect.objectContaining({ message: 'cannot be encoded: trapped', cause }) as Error,
  );
});

test('encoding calls no getter', () => {
  const getter = jest.fn();
  expect(() =>
    codec.encode([Object.defineProperty({}, 'a', { get: getter, enumerable: true })]),
  ).toThrow();
  expect(getter).not.toHaveBeenCalled();
});
