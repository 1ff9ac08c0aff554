import { cacheKey } from '../../src/keys/identity.js';
import { keyDerivation, type KeyOptions } from '../../src/keys/derivation.js';

/*
 * This table freezes the algorithm of derived keys. A change of any line abandons all entries that users
 * have stored under such a key with an earlier release: it is a breaking change.
 */

class User {
  constructor(readonly id: number) {}
  [cacheKey](): unknown {
    return { id: this.id };
  }
}

class Money {
  constructor(private readonly cents: number) {}
  toJSON(): string {
    return `${this.cents / 100} EUR`;
  }
}

const ARGUMENTS: [args: unknown[], text: string][] = [
  [[], '()'],
  [[undefined], '()'],
  [[null], '(null)'],
  [[true], '(true)'],
  [[false], '(false)'],
  [[0], '(0)'],
  [[-0], '(-0)'],
  [[5], '(5)'],
  [[-5], '(-5)'],
  [[0.1], '(0.1)'],
  [[1e21], '(1e+21)'],
  [[5e-324], '(5e-324)'],
  [[NaN], '(NaN)'],
  [[Infinity], '(Infinity)'],
  [[-Infinity], '(-Infinity)'],
  [[0n], '(0n)'],
  [[-12345678901234567890n], '(-12345678901234567890n)'],
  [[''], "('')"],
  [['a'], "('a')"],
  [['5'], "('5')"],
  [["it's 100% a b"], "('it%27s%20100%25%20a%20b')"],
  [['a:b', 'c'], "('a:b','c')"],
  [['\0\t\n\x7f'], "('%00%09%0A%7F')"],
  [['Привет, мир'], "('%D0%9F%D1%80%D0%B8%D0%B2%D0%B5%D1%82,%20%D0%BC%D0%B8%D1%80')"],
  [['\u{1f600}'], "('%F0%9F%98%80')"],
  [['\ud83d', '\ude00'], "('%uD83D','%uDE00')"],
  [['!"#$&()*+,-./:;<=>?@[\\]^_`{|}~'], "('!\"#$&()*+,-./:;<=>?@[\\]^_`{|}~')"],
  [[1, undefined, 2, undefined], '(1,undefined,2)'],
  [[[]], '([])'],
  [[[1, 'a', [null]]], "([1,'a',[null]])"],
  [[Object.assign(Array<unknown>(3), { 1: 1 })], '([,1,,])'],
  [[Array(2)], '([,,])'],
  [[[undefined]], '([undefined])'],
  [[{}], '({})'],
  [[{ b: 2, a: 1, B: 3 }], '({B:3,a:1,b:2})'],
  [[{ a: undefined }], '({a:undefined})'],
  [
    [{ 'a b': 1, 'a-b': 2, 10: 3, 9: 4, '': 5, é: 6, $a_1: 7 }],
    "({'':5,$a_1:7,'10':3,'9':4,'a%20b':1,'a-b':2,'%C3%A9':6})",
  ],
  [[{ user: { tags: ['x', 'y'], id: 7n } }], "({user:{id:7n,tags:['x','y']}})"],
  [
    [JSON.parse('{"__proto__":1,"constructor":2,"toJSON":3}')],
    '({__proto__:1,constructor:2,toJSON:3})',
  ],
  [[Object.create(null)], '(null{})'],
  [[Object.assign(Object.create(null), { a: 1 })], '(null{a:1})'],
  [[new Date(0)], '(Date(1970-01-01T00:00:00.000Z))'],
  [[new Date('2026-11-05T12:34:56.789Z')], '(Date(2026-11-05T12:34:56.789Z))'],
  [[new Date(8.64e15)], '(Date(+275760-09-13T00:00:00.000Z))'],
  [[new Date(-8.64e15)], '(Date(-271821-04-20T00:00:00.000Z))'],
  [[new Date(NaN)], '(Date(NaN))'],
  [[/a'b /giu], "(RegExp('a%27b%20','giu'))"],
  [[Object.assign(/a/g, { lastIndex: 2 })], "(RegExp('a','g',2))"],
  [[new RegExp('')], "(RegExp('(?:)',''))"],
  [
    [new URL("https://user@example.org:8080/a b/?q='é'#h")],
    "(URL('https://user@example.org:8080/a%2520b/?q=%2527%25C3%25A9%2527#h'))",
  ],
  [[new Map()], '(Map{})'],
  [
    [
      new Map<unknown, unknown>([
        ['b', 1],
        ['a', { x: 1 }],
        [1, 2],
        [[1], new Set([1])],
      ]),
    ],
    "(Map{'a':{x:1},'b':1,1:2,[1]:Set{1}})",
  ],
  [[new Set()], '(Set{})'],
  [[new Set<unknown>([3, '3', 1, [1], { a: 1 }, -0])], "(Set{'3',0,1,3,[1],{a:1}})"],
  [[Uint8Array.of(0, 1, 254, 255)], '(Uint8Array(0001feff))'],
  [[Buffer.from('abc')], '(Buffer(616263))'],
  [[new Uint8Array(2).buffer], '(ArrayBuffer(0000))'],
  [[new DataView(Uint8Array.of(1, 2, 3).buffer, 1)], '(DataView(0203))'],
  [[Int16Array.of(-1, 1)], '(Int16Array(ffff0100))'],
  [[Float64Array.of(1.5, -0)], '(Float64Array(000000000000f83f0000000000000080))'],
  [[BigUint64Array.of(2n ** 64n - 1n)], '(BigUint64Array(ffffffffffffffff))'],
  [[new User(7)], '(User<{id:7}>)'],
  [[new Money(250)], "(Money<'2.5%20EUR'>)"],
  [[{ toJSON: () => [1] }], '(Object<[1]>)'],
  [[{ [cacheKey]: () => 'x' }], "(Object<'x'>)"],
  [
    [new AbortController().signal, { page: 1, signal: AbortSignal.abort() }],
    '(undefined,{page:1})',
  ],
];

const KEYS: [options: Partial<KeyOptions>, key: string][] = [
  [{}, 'square(5)'],
  [{ version: 2 }, 'square@2(5)'],
  [{ version: '2026-11' }, 'square@2026-11(5)'],
  [{ name: () => 'Repo.find' }, 'Repo.find(5)'],
  [{ name: () => 'a/b:c é(#@%' }, 'a/b:c%20%C3%A9%28%23%40%25(5)'],
  [{ name: () => 'f', version: '1 @(#%' }, 'f@1%20%40%28%23%25(5)'],
  [{ key: (id: number) => [id, { id }] }, 'square([5,{id:5}])'],
  [{ key: (id: number) => `as it is: ${id}` }, 'as it is: 5'],
  [{ key: 'sq:{0}' }, 'sq:5'],
];

test.each(ARGUMENTS.map(([args, text]) => [text, args] as const))('arguments %s', (text, args) => {
  const { key } = keyDerivation({ name: () => 'f', parameters: 1, perInstance: false });
  expect(key(undefined, args)).toBe(`f${text}`);
});

test.each(KEYS.map(([options, key]) => [key, options] as const))('key %s', (expected, options) => {
  const { key } = keyDerivation({
    name: () => 'square',
    parameters: 1,
    perInstance: false,
    ...options,
  });
  expect(key(undefined, [5])).toBe(expected);
});
