import { promised } from './contestants/async.js';
import type { Contestant } from './contestants/contestant.js';
import { withOther } from './contestants/ours.js';
import { LIMIT } from './contestants/stores.js';
import { sync } from './contestants/sync.js';
import { type Ground, prepareHits } from './hits.js';
import type { Case } from './measure.js';
import { prepareDistinct, prepareMisses } from './misses.js';
import { type Order, sequential, zipfian } from './orders.js';
import { type Shape, SHAPES } from './shapes.js';

const SIZES = [1, 100, 10_000, 100_000];

const orders = new Map<string, Order>();
/** One order for all cases of a kind and size: drawing a zipfian order takes longer than using it. */
function order(kind: 'sequential' | 'zipfian', size: number): Order {
  const name = `${kind} ${size}`;
  const known = orders.get(name) ?? (kind === 'zipfian' ? zipfian(size) : sequential(size));
  orders.set(name, known);
  return known;
}

function setting(size: number, kind: string): string {
  return size === 1 ? '1 key' : `${size.toLocaleString('en').replaceAll(',', ' ')} keys, ${kind}`;
}

/** A longer slice for a large set, so that the calls meet all of it. */
const longer = (ground: Ground, size: number): Ground => ({
  ...ground,
  slice: Math.max(ground.slice, size / 20_000),
});

/** Hits of a synchronous function. */
export function syncCases(ground: Ground, quick: boolean): Case[] {
  const sizes = quick ? [1, 100, 10_000] : SIZES;
  return Object.values<Shape>(SHAPES).flatMap((shape) =>
    sizes.flatMap((size) =>
      (['sequential', 'zipfian'] as const)
        .filter((kind) => (size > 1 && !quick) || kind === 'zipfian')
        .map((kind) => ({
          group: `Sync hit: ${shape.name}`,
          name: setting(size, kind),
          limit: LIMIT,
          prepare: () =>
            prepareHits(longer(ground, size), withOther(sync, ground.other), {
              shape,
              size,
              order: order(kind, size),
              promised: false,
            }),
        })),
    ),
  );
}

/** Awaited hits of an asynchronous function. */
export function asyncCases(ground: Ground, quick: boolean): Case[] {
  const grounds: readonly (readonly [Shape, readonly number[]])[] = [
    [SHAPES.number, quick ? [100] : [1, 100, 10_000, 100_000]],
    [SHAPES.two, quick ? [] : [100, 10_000]],
    [SHAPES.flat, quick ? [100] : [1, 100, 10_000]],
  ];
  return grounds.flatMap(([shape, sizes]) =>
    sizes.map((size) => ({
      group: `Async hit: ${shape.name}`,
      name: setting(size, 'zipfian'),
      limit: LIMIT,
      prepare: () =>
        prepareHits(longer(ground, size), withOther(promised, ground.other), {
          shape,
          size,
          order: order('zipfian', size),
          promised: true,
        }),
    })),
  );
}

/** Concurrent calls for one key that was not computed yet, and calls that miss one after another. */
export function missCases(ground: Ground): Case[] {
  const all = withOther(promised, ground.other);
  const bounded = (contestants: readonly Contestant[]): readonly Contestant[] =>
    withOther(contestants, ground.other).filter(({ does, maxKeys }) => does.bound && !maxKeys);
  return [
    {
      group: 'Concurrent misses of one key',
      name: '1 000 callers',
      limit: LIMIT,
      prepare: () => prepareMisses(ground, all, { callers: 1_000, keys: 1 }),
    },
    {
      group: 'Synchronous miss',
      name: 'distinct numbers',
      limit: 'memoize',
      rounds: 15,
      prepare: () => prepareDistinct(ground, bounded(sync), false),
    },
    {
      group: 'Asynchronous miss',
      name: 'distinct numbers',
      limit: 'p-memoize',
      rounds: 15,
      prepare: () => prepareDistinct(ground, bounded(promised), true),
    },
  ];
}
