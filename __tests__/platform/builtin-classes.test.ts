import { createContext, runInContext } from 'node:vm';

import { builtinName, hasNullPrototype } from '../../src/platform/builtin-classes.js';

const foreign = (code: string): object => runInContext(code, createContext()) as object;

class User {}
class Sub extends Map {}

describe('builtinName', () => {
  test.each<[string, object]>([
    ['Object', {}],
    ['Array', []],
    ['Map', new Map()],
    ['TypeError', new TypeError()],
    ['Uint8Array', new Uint8Array()],
    ['Buffer', Buffer.alloc(0)],
    ['URL', new URL('a:b')],
    ['Promise', Promise.resolve()],
  ])('returns %s for an instance of it', (name, value) => {
    expect(builtinName(value)).toBe(name);
  });

  test.each(['Object', 'Map', 'Date', 'RegExp', 'RangeError', 'Float32Array', 'Promise'])(
    'returns %s for an instance of another realm',
    (name) => {
      const value = foreign(name === 'Promise' ? 'Promise.resolve()' : `new ${name}()`);
      expect(builtinName(value)).toBe(name);
    },
  );

  test.each<[string, object]>([
    ['a class', new User()],
    ['a subclass', new Sub()],
    ['a subclass of another realm', foreign('new (class extends Map {})()')],
    ['no class', Object.create(null)],
    ['an object created from another', Object.create({})],
    ['a class with the name of a builtin', new (class Map {})()],
    ['a class whose prototype is another', Object.create(User.prototype)],
    ['a prototype that names a builtin as its constructor', Object.create({ constructor: Map })],
    ['a prototype that names a bound function', Object.create({ constructor: Map.bind(null) })],
  ])('returns undefined for an instance of %s', (_, value) => {
    expect(builtinName(value)).toBeUndefined();
  });
});

test('hasNullPrototype', () => {
  expect(hasNullPrototype(Object.create(null))).toBe(true);
  expect(hasNullPrototype({})).toBe(false);
  expect(hasNullPrototype(new User())).toBe(false);
});
