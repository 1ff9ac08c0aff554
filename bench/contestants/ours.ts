import { type Contestant, does } from './contestant.js';

/** As its users set it up, for functions of either kind. */
export const ours: readonly Contestant[] = [
  {
    name: 'memoaside',
    does: does(true, true, true),
    make: async ({ library: { memoize, lru }, fn, max }) =>
      memoize(fn, { ttl: '1h', backend: lru({ max }) }),
  },
  {
    name: 'memoaside, template key',
    does: does(true, true, true, '1 and "1" share a key'),
    make: async ({ library: { memoize, lru }, shape, fn, max }) =>
      memoize(fn, { ttl: '1h', backend: lru({ max }), key: shape.template }),
  },
];
