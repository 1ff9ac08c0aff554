import type { Built } from '../built.js';
import { type Contestant, does } from './contestant.js';

/** What the rows of the library of this checkout begin with. */
export const US = 'memoaside';
/** What the rows of the library of another checkout begin with: see `--against`. */
export const OTHER = 'other';

/** As its users set it up, for functions of either kind. */
export const ours: readonly Contestant[] = [
  {
    name: US,
    does: does(true, true, true),
    make: async ({ library: { memoize, lru }, fn, max }) =>
      memoize(fn, { ttl: '1h', backend: lru({ max }) }),
  },
  {
    name: `${US}, template key`,
    does: does(true, true, true, '1 and "1" share a key'),
    make: async ({ library: { memoize, lru }, shape, fn, max }) =>
      memoize(fn, { ttl: '1h', backend: lru({ max }), key: shape.template }),
  },
];

/** All functions that it makes share one cache, and one bound. */
export function onOneCache(): Contestant {
  const caches = new Map<Built, ReturnType<Built['createCache']>>();
  return {
    name: `${US}, one cache`,
    does: does(true, true, true, 'all functions on one `createCache`'),
    make: async ({ library, fn }) => {
      const cache =
        caches.get(library) ??
        library.createCache({ ttl: '1h', backend: library.lru({ max: 200_000 }) });
      caches.set(library, cache);
      return cache.memoize(fn);
    },
  };
}

/** What is left of the peers when two libraries are compared: the limits of the cases. */
const LIMITS = ['Map by hand', 'memoize', 'p-memoize'];

/** All contestants, or if there is another library: the limits, and both libraries. */
export function withOther(
  contestants: readonly Contestant[],
  other: Built | undefined,
): readonly Contestant[] {
  if (other === undefined) return contestants;
  const own = contestants.filter(({ name }) => name.startsWith(US));
  return [
    ...contestants.filter(({ name }) => LIMITS.includes(name)),
    ...own,
    ...own.map((one): Contestant => ({
      ...one,
      name: one.name.replace(US, OTHER),
      make: (setting) => one.make({ ...setting, library: other }),
    })),
  ];
}
