import { createCache, memoize } from '../../src/index.js';

test('P9: an arrow function with a default parameter keeps its own type', async () => {
  const scale = memoize((n: number, by = 2) => n * by);
  expect([scale(1), scale(1, 5)]).toEqual([2, 5]);
  const later = createCache().memoize(async (n: number, by = 2) => n * by, { ttl: '1h' });
  expect([await later(1), await later(1, 5)]).toEqual([2, 5]);
});
