import { NegativeCache } from '../../src/resilience/negative-cache.js';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

const failure = new Error('down');

test('an error is thrown again for errorTtl milliseconds', () => {
  const cache = new NegativeCache(100);
  cache.add('k', failure, true, false);
  expect(cache.cachedError('k')).toMatchObject({ error: failure, promised: true });
  jest.advanceTimersByTime(99);
  expect(cache.cachedError('k')).toBeDefined();
  jest.advanceTimersByTime(1);
  expect(cache.cachedError('k')).toBeUndefined();
});

test('the back-off doubles with each failure in a row, up to 30 seconds', () => {
  jest.spyOn(Math, 'random').mockReturnValue(0);
  const cache = new NegativeCache(0);
  for (const seconds of [1, 2, 4, 8, 16, 30, 30]) {
    cache.add('k', failure, true, true);
    jest.advanceTimersByTime(seconds * 1_000 - 1);
    expect(cache.backingOff('k')).toBe(true);
    jest.advanceTimersByTime(1);
    expect(cache.backingOff('k')).toBe(false);
  }
});

test('a success begins the back-off again at one second', () => {
  jest.spyOn(Math, 'random').mockReturnValue(0);
  const cache = new NegativeCache(0);
  cache.add('k', failure, true, true);
  cache.add('k', failure, true, true);
  cache.forget('k');
  expect(cache.backingOff('k')).toBe(false);
  cache.add('k', failure, true, true);
  jest.advanceTimersByTime(1_000);
  expect(cache.backingOff('k')).toBe(false);
});

test('nothing is remembered of a failure that neither option asks for', () => {
  const cache = new NegativeCache(0);
  cache.add('k', failure, false, false);
  expect([cache.cachedError('k'), cache.backingOff('k')]).toEqual([undefined, false]);
});

test('of more than 1,000 keys, the one that failed first is forgotten', () => {
  const cache = new NegativeCache(1_000);
  for (let n = 0; n <= 1_000; n += 1) cache.add(`k${n}`, failure, false, false);
  expect(cache.cachedError('k0')).toBeUndefined();
  expect(cache.cachedError('k1')).toBeDefined();
});

test('keys with a prefix are forgotten together', () => {
  const cache = new NegativeCache(1_000);
  for (const key of ['a:1', 'a:2', 'b:1']) cache.add(key, failure, false, false);
  cache.forgetAll('a:');
  expect(['a:1', 'a:2', 'b:1'].map((key) => cache.cachedError(key) !== undefined)).toEqual([
    false,
    false,
    true,
  ]);
});
