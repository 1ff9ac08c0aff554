import { createContext, runInContext } from 'node:vm';

import { describeValue } from '../../src/platform/describe-value.js';

class User {}
class OpenMap extends Map {}
const named = (name: unknown): object => {
  const constructor = Object.defineProperty(function () {}, 'name', { value: name });
  return Object.create(Object.create({}, { constructor: { value: constructor } })) as object;
};

test.each<[string, unknown]>([
  ['null', null],
  ['undefined', undefined],
  ['true', true],
  ['5', 5],
  ['-0', -0],
  ['NaN', NaN],
  ['5n', 5n],
  ['"text"', 'text'],
  ['"a \\"b\\"\\n"', 'a "b"\n'],
  ['a function', User],
  ['a symbol', Symbol('secret')],
  ['an object without a prototype', Object.create(null)],
  ['a plain object', {}],
  ['a plain object', runInContext('({})', createContext())],
  ['an array', []],
  ['a boxed string', Object('a')],
  ['a boxed bigint', Object(1n)],
  ['a Map', new Map()],
  ['a promise', Promise.resolve()],
  ['an AggregateError', new AggregateError([])],
  ['a URL', new URL('a:b')],
  ['a Uint8Array', new Uint8Array()],
  ['an Int8Array', new Int8Array()],
  ['a Buffer', Buffer.alloc(0)],
  ['an instance of User', new User()],
  ['an instance of OpenMap', new OpenMap()],
  ['an object with a prototype of its own', Object.create({})],
  ['an object with a prototype of its own', new (class {})()],
])('describeValue returns %s', (words, value) => {
  expect(describeValue(value)).toBe(words);
});

test('a description is one short line', () => {
  const long = 'x'.repeat(1_000);
  expect(describeValue(long)).toBe(`"${'x'.repeat(60)}…"`);
  expect(describeValue(10n ** 99n)).toBe(`1${'0'.repeat(59)}…n`);
  expect(describeValue(named(long))).toBe(`an instance of ${'x'.repeat(60)}…`);
  expect(describeValue(named('a\nb'))).toBe('an instance of a\\nb');
});

test('describing a value never throws', () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  expect(describeValue(proxy)).toBe('an object');
  expect(describeValue(named(Symbol('name')))).toBe('an object with a prototype of its own');
});
