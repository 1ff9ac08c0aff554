import { createContext, runInContext } from 'node:vm';
import { encodeArguments } from '../../src/keys/encode.js';

const context = createContext({});
const foreign = (code: string): unknown => runInContext(`(${code})`, context);
const encode = (...args: unknown[]): string => encodeArguments(args);

describe('an object of another realm', () => {
  test.each([
    ['{ b: 1, a: { c: [1, , 2] } }', '({a:{c:[1,,2]},b:1})'],
    ['Object.create(null)', '(null{})'],
    ['[1, [2]]', '([1,[2]])'],
    ['new Date(0)', '(Date(1970-01-01T00:00:00.000Z))'],
    ['/a b/gi', "(RegExp('a%20b','gi'))"],
    ['new Map([[{ a: 1 }, new Set([1])]])', '(Map{{a:1}:Set{1}})'],
    ['new Uint8Array([1, 2])', '(Uint8Array(0102))'],
    ['new Float64Array(1)', '(Float64Array(0000000000000000))'],
    ['new ArrayBuffer(2)', '(ArrayBuffer(0000))'],
    ['new DataView(new ArrayBuffer(1))', '(DataView(00))'],
    ['{ toJSON: () => 1 }', '(Object<1>)'],
    ['new (class User { toJSON() { return 1; } })()', '(User<1>)'],
  ])('%s has the encoding of its counterpart in this realm', (code, text) => {
    expect(encode(foreign(code))).toBe(text);
    expect(encode(foreign(code))).toBe(text);
  });

  test.each([
    ['() => 1', 'a function'],
    ['Promise.resolve()', 'a promise'],
    ['new Error("a")', 'an Error'],
    ['new (class User {})()', 'an instance of User'],
    ['new (class extends Date {})(0)', 'an object with a prototype of its own, a subclass of Date'],
    ['new (class Day extends Date {})(0)', 'an instance of Day, a subclass of Date'],
    ['new Number(1)', 'a boxed number'],
    ['new WeakMap()', 'a WeakMap'],
    ['new SharedArrayBuffer(1)', 'a SharedArrayBuffer'],
    ['(function () { return arguments; })()', 'an arguments object'],
    ['Object.create({})', 'an object with a prototype of its own'],
  ])('%s throws a KeyError', (code, what) => {
    expect(() => encode(foreign(code))).toThrow(`argument 1 is ${what}, and a key cannot tell `);
  });
});

describe('a class with the name of a builtin', () => {
  test('is not a builtin', () => {
    const { Map: Imitation } = { Map: class Map {} };
    expect(() => encode(new Imitation())).toThrow('argument 1 is an instance of Map, and');
    const code = 'new (class Date { getTime() { return 0; } })()';
    expect(() => encode(foreign(code))).toThrow('argument 1 is an instance of Date, and');
  });

  test('is not a builtin even with a native constructor', () => {
    const bound = class {}.bind(null) as unknown as { prototype: object };
    const prototype = { constructor: bound };
    bound.prototype = prototype;
    Object.defineProperty(bound, 'name', { value: 'Date' });
    expect(() => encode(Object.create(prototype))).toThrow('a key cannot tell such objects apart');
    expect(() => encode(Object.create({ constructor: Map }))).toThrow(
      'a key cannot tell such objects apart',
    );
  });
});
