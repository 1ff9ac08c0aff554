import { freshness, jittered, longestWindow } from '../../src/journey/freshness.js';
import { monotonicNow } from '../../src/platform/clock.js';

const NONE = { staleWhileRevalidate: 0, staleIfError: 0, earlyRefresh: 0 };
/** An entry whose ttl ends in so many milliseconds. */
const ending = (left: number, cost?: number) => ({
  value: 1,
  freshUntil: monotonicNow() + left,
  cost,
});

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test.each([
  ['a moment before the end of its ttl', 1, NONE, 'fresh'],
  ['at the end of its ttl', 0, NONE, 'expired'],
  [
    'at the end of its ttl, within a stale window',
    0,
    { ...NONE, staleWhileRevalidate: 10 },
    'stale',
  ],
  ['in the last moment of a stale window', -9, { ...NONE, staleWhileRevalidate: 10 }, 'stale'],
  ['at the end of a stale window', -10, { ...NONE, staleWhileRevalidate: 10 }, 'expired'],
  ['between two windows', -15, { ...NONE, staleWhileRevalidate: 10, staleIfError: 20 }, 'fallback'],
  ['past both windows', -20, { ...NONE, staleWhileRevalidate: 10, staleIfError: 20 }, 'expired'],
] as const)('an entry %s', (_, left, windows, expected) => {
  expect(freshness(ending(left), windows)).toBe(expected);
});

test('an entry without an end is fresh, whatever it cost', () => {
  const entry = { value: 1, freshUntil: Infinity, cost: 1_000 };
  expect(freshness(entry, { ...NONE, earlyRefresh: 1_000 })).toBe('fresh');
});

test('an entry is refreshed early when the random share of its cost exceeds the time left', () => {
  const random = jest.spyOn(Math, 'random');
  const windows = { ...NONE, earlyRefresh: 2 };
  random.mockReturnValue(Math.exp(-1)); // -log is 1: the share is the cost times β
  expect(freshness(ending(201, 100), windows)).toBe('fresh');
  expect(freshness(ending(200, 100), windows)).toBe('early');
  expect(freshness(ending(200, undefined), windows)).toBe('fresh');
});

test('the longer of the two windows counts', () => {
  expect(longestWindow({ ...NONE, staleWhileRevalidate: 3, staleIfError: 2 })).toBe(3);
  expect(longestWindow({ ...NONE, staleWhileRevalidate: 3, staleIfError: 5 })).toBe(5);
});

test('jitter shortens a ttl by a random part, and never one without an end', () => {
  jest.spyOn(Math, 'random').mockReturnValue(0.5);
  expect(jittered(1_000, 0.2)).toBe(900);
  expect(jittered(1_000, 0)).toBe(1_000);
  expect(jittered(Infinity, 0.2)).toBe(Infinity);
});
