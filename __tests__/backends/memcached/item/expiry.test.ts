import { expiry, strictExpiry } from '../../../../src/backends/memcached/item/expiry.js';

const SECOND = 1000;
const DAY = 24 * 60 * 60 * SECOND;
const NOW = 1_700_000_000_400;
const NOW_SECONDS = 1_700_000_000;

describe('an item with a fresh-until', () => {
  test.each([
    [Infinity, 0],
    [1, 2],
    [999, 2],
    [1000, 2],
    [1001, 3],
    [60 * SECOND, 61],
    [30 * DAY - SECOND, 2_592_000],
    [30 * DAY, NOW_SECONDS + 2_592_001],
    [31 * DAY, NOW_SECONDS + 2_678_401],
    [3650 * DAY, NOW_SECONDS + 315_360_001],
    [100 * 365 * DAY, 4_294_967_295],
    [Number.MAX_VALUE, 4_294_967_295],
  ])('with a lifetime of %d ms has the expiration %d', (lifetime, sent) => {
    expect(expiry(lifetime, NOW)).toBe(sent);
  });

  test('is never dropped before its lifetime ends, though memcached counts n seconds as n - 1 to n', () => {
    for (const lifetime of [1, 500, 1000, 1500, 59_999, 29 * DAY]) {
      expect((expiry(lifetime, NOW) - 1) * SECOND).toBeGreaterThanOrEqual(lifetime);
    }
  });

  test('with a lifetime that is over gets the shortest expiration, and not the one for ever', () => {
    expect(expiry(0, NOW)).toBe(1);
    expect(expiry(-5000, NOW)).toBe(1);
  });
});

describe('an item without a fresh-until', () => {
  test.each([
    [Infinity, 0],
    [1000, 1],
    [1999, 1],
    [60 * SECOND, 60],
    [30 * DAY, 2_592_000],
    [30 * DAY + 999, 2_592_000],
    [31 * DAY, NOW_SECONDS - 1 + 2_678_400],
    [100 * 365 * DAY, 4_294_967_295],
  ])('with a lifetime of %d ms has the expiration %d', (lifetime, sent) => {
    expect(strictExpiry(lifetime, NOW)).toBe(sent);
  });

  test.each([999.9, 1, 0, -1])('with a lifetime of %d ms cannot be stored', (lifetime) => {
    expect(strictExpiry(lifetime, NOW)).toBeUndefined();
  });

  test('is never kept after its lifetime ends', () => {
    for (const lifetime of [1000, 1999, 59_999, 30 * DAY]) {
      expect(strictExpiry(lifetime, NOW)! * SECOND).toBeLessThanOrEqual(lifetime);
    }
    expect((strictExpiry(31 * DAY, NOW)! + 1) * SECOND).toBeLessThanOrEqual(NOW + 31 * DAY);
  });
});
