import { prepareReads, SOCKET } from './cases-memcached.js';
import { promised } from './contestants/async.js';
import type { Contestant } from './contestants/contestant.js';
import { memjs, memoaside } from './contestants/memcached.js';
import { LIMIT } from './contestants/stores.js';
import { sync } from './contestants/sync.js';
import type { Daemon } from './daemon.js';
import { prepareFields } from './fields.js';
import { type Ground, prepareHits } from './hits.js';
import type { Case } from './measure.js';
import { prepareMemory } from './memory.js';
import { prepareMisses } from './misses.js';
import { uniform } from './orders.js';
import { SHAPES } from './shapes.js';

/** A curve: its x axis, and the unit of its y axis. */
export interface Curve {
  readonly title: string;
  readonly x: string;
  /** The y axis counts multiples of this contestant's figure at this x. */
  readonly limit: string;
  readonly at: number;
  readonly of: string;
}

export const CURVES = {
  hits: {
    title: 'Time per hit as entries grow',
    ...{ x: 'entries', limit: LIMIT, at: 100, of: 'the time' },
  },
  memory: {
    title: 'Memory per entry as entries grow',
    ...{ x: 'entries', limit: LIMIT, at: 100_000, of: 'the bytes' },
  },
  callers: {
    title: 'Time per caller of one missing key',
    ...{ x: 'callers at once', limit: LIMIT, at: 1_000, of: 'the time' },
  },
  keys: {
    title: 'Time per caller, each of a missing key of its own',
    ...{ x: 'callers at once', limit: LIMIT, at: 1_000, of: 'the time' },
  },
  fields: {
    title: 'Time per hit as the argument object grows',
    ...{ x: 'fields', limit: 'Map, JSON key', at: 1, of: 'the time' },
  },
  values: {
    title: 'Time per memcached hit, 32 at a time, as values grow',
    ...{ x: 'bytes', limit: SOCKET, at: 10, of: 'the time' },
  },
  servers: {
    title: 'Time per memcached hit, 32 at a time, over several servers',
    ...{ x: 'servers', limit: SOCKET, at: 1, of: 'the time' },
  },
} satisfies Record<string, Curve>;

const some = (all: readonly Contestant[], ...names: string[]): Contestant[] =>
  all.filter(({ name }) => [LIMIT, 'memoaside', ...names].includes(name));

export function growthCases(ground: Ground, daemons: readonly Daemon[], quick: boolean): Case[] {
  const points = (
    { title, limit }: Curve,
    xs: readonly number[],
    prepare: (x: number) => ReturnType<Case['prepare']>,
  ): Case[] =>
    xs.map((x) => ({
      ...{ group: title, name: `${x}`, x, limit },
      ...(title === CURVES.memory.title && { rounds: 1 }),
      ...(title.includes('caller') && x > 10_000 && { rounds: 1 }),
      prepare: () => prepare(x),
    }));

  const stored = some(sync, 'lru-cache by hand', 'ttlcache by hand', 'quick-lru by hand');
  const kept = [...stored, ...some(sync, 'memoize', 'memoizee').slice(2)];
  const shared = some(promised, 'lru-cache by hand', 'p-memoize', 'async-cache-dedupe');
  const few = some(promised, 'p-memoize');
  const sizes = [1, 10, 100, 1_000, 10_000, 100_000, ...(quick ? [] : [1_000_000])];
  const callers = quick ? [1_000, 10_000] : [1_000, 3_000, 10_000, 30_000, 100_000];
  const bytes = [10, 100, 1_000, 10_000, 100_000, 1_000_000];

  return [
    ...points(CURVES.hits, sizes, (size) => {
      const hits = { shape: SHAPES.number, size, order: uniform(size), promised: false };
      // Long enough to read many of the entries more than once.
      const slice = Math.max(ground.slice, size / 5_000);
      return prepareHits({ ...ground, slice }, stored, { ...hits, max: 2_000_000 });
    }),
    ...points(CURVES.memory, quick ? [10_000, 100_000] : sizes.slice(3), (size) =>
      prepareMemory(ground, size > 100_000 ? stored : kept, size),
    ),
    ...points(CURVES.callers, callers, (x) =>
      prepareMisses(ground, shared, { callers: x, keys: 1 }),
    ),
    ...points(CURVES.keys, callers, (x) =>
      prepareMisses(ground, x > 10_000 ? few : shared, { callers: x, keys: x }),
    ),
    ...points(CURVES.fields, [1, 10, 100, 1_000, 3_000, 10_000], (fields) =>
      prepareFields(ground, fields),
    ),
    ...points(CURVES.values, quick ? bytes.slice(0, 4) : bytes, (x) =>
      prepareReads(ground, [memoaside, memjs], {
        bytes: x,
        concurrency: 32,
        daemons: daemons.slice(0, 1),
        keys: x > 10_000 ? 64 : 1_024,
      }),
    ),
    ...points(CURVES.servers, quick ? [1, 4] : [1, 2, 4, 8, 16], (servers) =>
      prepareReads(ground, [memoaside, memjs], {
        bytes: 10,
        concurrency: 32,
        daemons: daemons.slice(0, servers),
      }),
    ),
  ];
}
