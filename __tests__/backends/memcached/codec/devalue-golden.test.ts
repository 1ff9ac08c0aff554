import { isDeepStrictEqual } from 'node:util';

import { createCodec } from '../../../../src/backends/memcached/codec/codec.js';
import { KIND } from '../../../../src/backends/memcached/codec/flags.js';

// These strings are stored on servers. A version of devalue that writes other strings may only be used if it
// still reads these.
const codec = createCodec();

const TEXT = 16;
const encoded = (value: unknown) => {
  const { bytes, flags } = codec.encode(value);
  expect(flags).toBe(TEXT | KIND.devalue);
  return Buffer.from(bytes).toString();
};
const decoded = (text: string) => codec.decode(Buffer.from(text), TEXT | KIND.devalue);

const shared = { id: 1 };

function nullPrototype(properties: object): object {
  return Object.assign(Object.create(null) as object, properties);
}

/** An error without its stack, which differs from machine to machine. */
function stackless<E extends Error>(error: E, properties: object = {}): E {
  delete error.stack;
  return Object.assign(error, properties);
}

const golden: [string, unknown, string][] = [
  ['undefined', undefined, '-1'],
  ['NaN', NaN, '-3'],
  ['infinity', Infinity, '-4'],
  ['negative infinity', -Infinity, '-5'],
  ['minus zero', -0, '-6'],
  [
    'numbers without a form in JSON, within',
    { a: NaN, b: Infinity, c: -Infinity, d: -0 },
    '[{"a":-3,"b":-4,"c":-5,"d":-6}]',
  ],
  [
    'other numbers beside them',
    [NaN, 0, -1, 1.5, 1e21, 5e-324, 2 ** 53],
    '[[-3,1,2,3,4,5,6],0,-1,1.5,1e+21,5e-324,9007199254740992]',
  ],
  ['null, booleans and undefined', [null, true, false, undefined], '[[1,2,3,-1],null,true,false]'],
  ['undefined in an object', { a: undefined }, '[{"a":-1}]'],
  ['a bigint within', { a: -(2n ** 64n) }, '[{"a":1},["BigInt","-18446744073709551616"]]'],
  ['a hole', [1, , 3], '[[1,-2,2],1,3]'],
  ['holes at the end', [1, , ,], '[[1,-2,-2],1]'],
  ['an array of holes', new Array(3), '[[-7,3]]'],
  ['a sparse array', Object.assign([], { 1000: 'a' }), '[[-7,1001,1000,1],"a"]'],
  [
    'empty containers',
    [{}, [], '', new Map(), new Set()],
    '[[1,2,3,4,5],{},[],"",["Map"],["Set"]]',
  ],
  [
    'an object without a prototype',
    nullPrototype({ a: 1, b: [2] }),
    '[["null","a",1,"b",2],1,[3],2]',
  ],
  [
    'keys that need quotes',
    { 'a b': 1, '': 2, '"': 3, 0: 4, z: undefined },
    '[{"0":1,"a b":2,"":3,"\\"":4,"z":-1},4,1,2,3]',
  ],
  [
    'strings with special characters',
    new Set(['"\\\n\r\t\b\f\0', '</script>', '\u2028\u2029', '\ud800', 'é😀']),
    '[["Set",1,2,3,4,5],"\\"\\\\\\n\\r\\t\\b\\f\\u0000","\\u003C/script>","\\u2028\\u2029","\\ud800","é😀"]',
  ],
  ['a Date', new Date(1e12 + 1), '[["Date","2001-09-09T01:46:40.001Z"]]'],
  ['a far Date', new Date(-8.64e15), '[["Date","-271821-04-20T00:00:00.000Z"]]'],
  ['a RegExp', /a\/b\n[\ud800]/giu, '[["RegExp","a\\\\/b\\\\n[\\\\ud800]","giu"]]'],
  ['a RegExp without flags', /x/, '[["RegExp","x"]]'],
  [
    'a URL',
    new URL('https://user:pw@example.org:8080/a%20b?c=d#e'),
    '[["URL","https://user:pw@example.org:8080/a%20b?c=d#e"]]',
  ],
  ['a query', new URLSearchParams('a=1&a=2&b=%20'), '[["URLSearchParams","a=1&a=2&b=+"]]'],
  [
    'a Map',
    new Map<unknown, unknown>([
      ['a', 1],
      [{ b: 2 }, NaN],
      [undefined, new Map([[1, 2]])],
    ]),
    '[["Map",1,2,3,-3,-1,5],"a",1,{"b":4},2,["Map",2,4]]',
  ],
  ['a Set', new Set([1, '1', 1n, undefined, [1]]), '[["Set",1,2,3,-1,4],1,"1",["BigInt","1"],[1]]'],
  [
    'nested',
    { a: [{ b: new Map([['c', new Set([{ d: new Date(0) }])]]) }] },
    '[{"a":1},[2],{"b":3},["Map",4,5],"c",["Set",6],{"d":7},["Date","1970-01-01T00:00:00.000Z"]]',
  ],
  ['one object in two places', [shared, { again: shared }], '[[1,3],{"id":2},1,{"again":1}]'],
  [
    'one string in two places',
    new Set([{ a: 'text' }, { a: 'text' }]),
    '[["Set",1,3],{"a":2},"text",{"a":2}]',
  ],
  ['an ArrayBuffer', new Uint8Array([0, 127, 128, 255]).buffer, '[["ArrayBuffer","AH+A/w=="]]'],
  ['an empty ArrayBuffer', new ArrayBuffer(0), '[["ArrayBuffer",""]]'],
  ['an Int8Array', new Int8Array([-128, 127]), '[["Int8Array",1],["ArrayBuffer","gH8="]]'],
  [
    'a Uint8Array within',
    [new Uint8Array([0, 255])],
    '[[1],["Uint8Array",2],["ArrayBuffer","AP8="]]',
  ],
  [
    'a Uint8ClampedArray',
    new Uint8ClampedArray([0, 255]),
    '[["Uint8ClampedArray",1],["ArrayBuffer","AP8="]]',
  ],
  ['an Int16Array', new Int16Array([-1, 258]), '[["Int16Array",1],["ArrayBuffer","//8CAQ=="]]'],
  ['a Uint16Array', new Uint16Array([1, 258]), '[["Uint16Array",1],["ArrayBuffer","AQACAQ=="]]'],
  [
    'an Int32Array',
    new Int32Array([-1, 2 ** 30]),
    '[["Int32Array",1],["ArrayBuffer","/////wAAAEA="]]',
  ],
  [
    'a Uint32Array',
    new Uint32Array([1, 2 ** 31]),
    '[["Uint32Array",1],["ArrayBuffer","AQAAAAAAAIA="]]',
  ],
  [
    'a Float32Array',
    new Float32Array([1.5, NaN, -0]),
    '[["Float32Array",1],["ArrayBuffer","AADAPwAAwH8AAACA"]]',
  ],
  [
    'a Float64Array',
    new Float64Array([1.5, Infinity, -0]),
    '[["Float64Array",1],["ArrayBuffer","AAAAAAAA+D8AAAAAAADwfwAAAAAAAACA"]]',
  ],
  [
    'a BigInt64Array',
    new BigInt64Array([-1n]),
    '[["BigInt64Array",1],["ArrayBuffer","//////////8="]]',
  ],
  [
    'a BigUint64Array',
    new BigUint64Array([2n ** 63n]),
    '[["BigUint64Array",1],["ArrayBuffer","AAAAAAAAAIA="]]',
  ],
  [
    'a DataView',
    new DataView(new Uint8Array([1, 2, 3]).buffer),
    '[["DataView",1],["ArrayBuffer","AQID"]]',
  ],
  [
    'a part of a buffer',
    new Uint16Array(new Uint8Array([9, 9, 1, 2, 9, 9]).buffer, 2, 1),
    '[["Uint16Array",1],["ArrayBuffer","AQI="]]',
  ],
  [
    'a Buffer within',
    { body: Buffer.from('a') },
    '[{"body":1},["Buffer",2],["Uint8Array",3],["ArrayBuffer","YQ=="]]',
  ],
  [
    'an error',
    stackless(new Error('text')),
    '[["Error",1],{"type":2,"hidden":3,"shown":5},"Error",{"message":4},"text",{}]',
  ],
  [
    'an error with properties',
    stackless(new TypeError('text'), { code: 'E', at: new Date(0) }),
    '[["Error",1],{"type":2,"hidden":3,"shown":5},"TypeError",{"message":4},"text",{"code":6,"at":7},"E",["Date","1970-01-01T00:00:00.000Z"]]',
  ],
  [
    'an error with a cause',
    stackless(new RangeError('text', { cause: stackless(new SyntaxError('cause')) })),
    '[["Error",1],{"type":2,"hidden":3,"shown":11},"RangeError",{"message":4,"cause":5},"text",["Error",6],{"type":7,"hidden":8,"shown":10},"SyntaxError",{"message":9},"cause",{},{}]',
  ],
  [
    'errors together',
    stackless(new AggregateError([stackless(new Error('one'))], 'text')),
    '[["Error",1],{"type":2,"hidden":3,"shown":12},"AggregateError",{"message":4,"errors":5},"text",[6],["Error",7],{"type":8,"hidden":9,"shown":11},"Error",{"message":10},"one",{},{}]',
  ],
];

test.each(golden)('%s is written as this string, and read', (_, value, text) => {
  expect(encoded(value)).toBe(text);
  expect(decoded(text)).toStrictEqual(value);
});

test('an invalid Date is written as this string, and read', () => {
  expect(encoded(new Date(NaN))).toBe('[["Date",""]]');
  expect((decoded('[["Date",""]]') as Date).getTime()).toBeNaN();
});

test('one object in two places is read as one', () => {
  const [first, { again }] = decoded('[[1,3],{"id":2},1,{"again":1}]') as [
    object,
    { again: object },
  ];
  expect(again).toBe(first);
});

test('cycles are written as these strings, and read', () => {
  const object: Record<string, unknown> = { name: 'a' };
  object['self'] = object;
  const map = new Map<unknown, unknown>();
  map.set('self', map).set(map, 1);
  const set = new Set<unknown>();
  set.add(set);
  const array: unknown[] = [];
  array.push(array, object);

  expect(encoded(object)).toBe('[{"name":1,"self":0},"a"]');
  expect(encoded(map)).toBe('[["Map",1,0,0,2],"self",1]');
  expect(encoded(set)).toBe('[["Set",0]]');
  expect(encoded(array)).toBe('[[0,1],{"name":2,"self":1},"a"]');
  for (const value of [object, map, set, array]) {
    expect(isDeepStrictEqual(decoded(encoded(value)), value)).toBe(true);
  }
});
