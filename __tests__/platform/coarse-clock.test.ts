import { memoize } from '../../src/index.js';
import { until } from '../support/until.js';

// Hits that are close together share a reading of the clock. The effect must not be visible.

const counting = () => {
  let computed = 0;
  return () => (computed += 1);
};
/** Calls `f` often enough for hits to share readings. */
const many = (f: () => unknown): void => {
  for (let n = 0; n < 1_000; n += 1) f();
};

test('after any number of hits an entry ends with its ttl', async () => {
  const f = memoize(counting(), { ttl: 20 });
  for (let round = 1; round < 4; round += 1) {
    many(f);
    const at = performance.now();
    await until(() => performance.now() > at + 21);
    expect(f()).toBeGreaterThan(round);
  }
});

test('code that never yields sees it too, some hits later', () => {
  const f = memoize(counting(), { ttl: 20 });
  many(f);
  const at = performance.now();
  while (performance.now() < at + 21);
  for (let n = 0; n < 256; n += 1) f();
  expect(f()).toBe(2);
});

test('a clock that is faked counts at once, and the real one again after it', () => {
  const f = memoize(counting(), { ttl: '1h' });
  many(f);
  jest.useFakeTimers();
  try {
    const before = f();
    jest.advanceTimersByTime(7_200_000); // the fake clock begins at 0
    const after = f();
    expect(after).toBeGreaterThan(before);
    expect(f()).toBe(after);
    expect(jest.getTimerCount()).toBe(0);
  } finally {
    jest.useRealTimers();
  }
  many(f);
});
