import { type Shape, SHAPES } from './shapes.js';

/** A kind of function that a service memoizes. Its arguments are built before anything is timed. */
export interface Kind extends Shape {
  /** Whether the function returns a promise. */
  readonly promised: boolean;
  /** The arguments of key number `k`. `fn` returns `k + 1` for them. */
  readonly given: (k: number) => readonly unknown[];
}

const ONE = { params: 'a', args: 'given[0]', key: 'a', usual: 'a' };
const OBJECT = { ...ONE, key: 'JSON.stringify(a)', usual: 'JSON.stringify(a)' };

/** A string as it comes off the wire: one piece, and neither hashed nor interned. */
const received = (text: string): string => Buffer.from(text).toString('latin1');

const id = (k: number): number => 1_000 + 7 * k;
const fromId = (n: number): number => (n - 1_000) / 7 + 1;

const uuid = (k: number): string => {
  const digits = `${k}`.padStart(8, '0');
  return `${digits}-1b2c-4d3e-8f90-${`${k * 977}`.padStart(12, '0')}`;
};

const number: Kind = {
  ...SHAPES.number,
  ...ONE,
  promised: false,
  given: (k) => [id(k)],
  fn: fromId,
};

export const KINDS: readonly Kind[] = [
  number,
  {
    ...SHAPES.string,
    ...ONE,
    promised: false,
    given: (k) => [received(`user:${k}`)],
    fn: (a: string) => Number(a.slice(5)) + 1,
  },
  {
    ...SHAPES.string,
    ...ONE,
    name: 'one uuid',
    promised: false,
    given: (k) => [received(uuid(k))],
    fn: (a: string) => Number(a.slice(0, 8)) + 1,
  },
  {
    ...SHAPES.two,
    ...{ params: 'a,b', args: 'given[0], given[1]', key: '`${a}|${b}`', usual: '`${a}|${b}`' },
    promised: false,
    given: (k) => [k, received(`org${k % 17}`)],
    fn: (a: number, _b: string) => a + 1,
  },
  {
    ...SHAPES.flat,
    ...OBJECT,
    promised: false,
    given: (k) => [{ id: k, name: received(`n${k}`), active: k % 2 === 0, limit: 20 }],
    fn: (a: { id: number }) => a.id + 1,
  },
  {
    ...SHAPES.nested,
    ...OBJECT,
    promised: false,
    given: (k) => [
      {
        user: { id: k, org: 'acme' },
        page: { limit: 20, offset: k },
        tags: ['a', received(`b${k}`)],
      },
    ],
    fn: (a: { user: { id: number } }) => a.user.id + 1,
  },
  { ...number, name: 'async, one number', promised: true },
];
