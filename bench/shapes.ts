/**
 * The arguments of a case. Each contestant gets code of its own that is compiled from these expressions, so
 * that none pays for call sites that others have made megamorphic.
 */
export interface Shape {
  readonly name: string;
  readonly params: string;
  /** Builds the arguments of key number `i`. `text` holds ten characters for each key. */
  readonly args: string;
  /** The cheapest key that tells the arguments of this case apart. */
  readonly key: string;
  /** The key that people write if the cheapest one is too much work. */
  readonly usual: string;
  readonly template: string;
  readonly fn: (...args: never[]) => number;
  /** The argument is one primitive: no peer needs a key function. */
  readonly single: boolean;
  readonly object: boolean;
}

/** The length of a typical id. A slice this short is a new string without a hash. */
const WIDTH = 10;
export function textOf(count: number): string {
  const parts = Array.from({ length: count }, (_, i) => `k${`${i}`.padStart(WIDTH - 1, '0')}`);
  return Buffer.from(parts.join('')).toString('latin1');
}
const cut = (i: string): string => `text.slice((${i}) * ${WIDTH}, (${i}) * ${WIDTH} + ${WIDTH})`;
const numberIn = (text: string): number => Number(text.slice(1));

const NESTED_LEAVES =
  'o.user.id,o.user.name,o.user.roles[0],o.user.roles[1],o.page.from,o.page.size,o.sort.by,' +
  'o.sort.descending,o.filter.year,o.filter.tags[0],o.filter.tags[1],o.filter.open';
const joined = (parts: string, mark: string): string =>
  '`' +
  parts
    .split(',')
    .map((part) => '${' + part + '}')
    .join(mark) +
  '`';

export const SHAPES = {
  number: {
    name: 'one number',
    params: 'n',
    args: 'i',
    key: 'n',
    usual: 'n',
    template: 'n:{0}',
    fn: (n: number) => n + 1,
    single: true,
    object: false,
  },
  string: {
    name: 'one short string',
    params: 's',
    args: cut('i'),
    key: 's',
    usual: 's',
    template: 's:{0}',
    fn: (s: string) => numberIn(s) + 1,
    single: true,
    object: false,
  },
  two: {
    name: 'two mixed primitives',
    params: 'n,s',
    args: `i >> 3, ${cut('i & 7')}`,
    key: joined('n,s', ':'),
    usual: joined('n,s', ':'),
    template: 't:{0}:{1}',
    fn: (n: number, s: string) => n * 8 + numberIn(s) + 1,
    single: false,
    object: false,
  },
  three: {
    name: 'three mixed primitives',
    params: 'n,s,b',
    args: `i >> 4, ${cut('(i >> 1) & 7')}, (i & 1) === 1`,
    key: joined('n,s,b', ':'),
    usual: joined('n,s,b', ':'),
    template: 'r:{0}:{1}:{2}',
    fn: (n: number, s: string, b: boolean) => n * 16 + numberIn(s) * 2 + (b ? 1 : 0) + 1,
    single: false,
    object: false,
  },
  flat: {
    name: 'flat object',
    params: 'o',
    args: `{ id: i, name: ${cut('i')}, active: (i & 1) === 1 }`,
    key: joined('o.id,o.name,o.active', ':'),
    usual: 'JSON.stringify(o)',
    template: 'f:{0.id}:{0.name}:{0.active}',
    fn: (o: { id: number }) => o.id + 1,
    single: false,
    object: true,
  },
  nested: {
    name: 'nested object',
    params: 'o',
    args:
      `{ user: { id: i, name: ${cut('i')}, roles: ['reader', 'writer'] }, ` +
      `page: { from: 0, size: 20 }, sort: { by: 'name', descending: false }, ` +
      `filter: { year: 2000 + (i & 15), tags: ['new', 'used'], open: true } }`,
    key: joined(NESTED_LEAVES, ':'),
    usual: 'JSON.stringify(o)',
    template: `d:{${NESTED_LEAVES.replace(/\[(\d)\]/g, '.$1')
      .replace(/\bo\./g, '0.')
      .replaceAll(',', '}:{')}}`,
    fn: (o: { user: { id: number } }) => o.user.id + 1,
    single: false,
    object: true,
  },
} satisfies Record<string, Shape>;
