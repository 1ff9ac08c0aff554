import { memoize as loadedBefore } from '../../src/index.js';

// The tests of users fake the clocks before or after they load the library.

type Memoize = typeof loadedBefore;
/** Loads the library under the clocks that are installed now. */
function loadedNow(): Memoize {
  let memoize!: Memoize;
  jest.isolateModules(() => {
    ({ memoize } = jest.requireActual<{ memoize: Memoize }>('../../src/index.js'));
  });
  return memoize;
}
const counting = () => {
  let computed = 0;
  return (_?: unknown) => (computed += 1);
};
const many = (f: () => unknown): void => {
  for (let n = 0; n < 1_000; n += 1) f();
};

afterEach(() => jest.useRealTimers());

describe.each([
  ['before the clocks were faked', () => (jest.useFakeTimers(), loadedBefore)],
  ['after that', () => (jest.useFakeTimers(), loadedNow())],
])('the library, loaded %s', (_, load) => {
  test('expires entries by the fake clock, with real or fake timers', () => {
    const memoize = load();
    const f = memoize(counting(), { ttl: 1_000 });
    many(f);
    jest.clearAllTimers();
    jest.advanceTimersByTime(1_001);
    expect([f(), f()]).toEqual([2, 2]);
    many(f);
    jest.advanceTimersByTime(1_001);
    expect(f()).toBe(3);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('recognizes the Dates of the fake clock as Dates', () => {
    const memoize = load();
    const f = memoize(counting(), { name: 'f' });
    expect([f(new Date(5)), f(new Date(5)), f(new Date(6)), f([new Date(5)])]).toEqual([
      1, 1, 2, 3,
    ]);
    expect(f.keyFor(new Date(5))).toBe('f(Date(1970-01-01T00:00:00.005Z))');
    const fake = new Date(5);
    jest.useRealTimers();
    expect([f(new Date(5)), f(fake)]).toEqual([1, 1]);
  });
});

test('a clock faked without timers takes effect at once', () => {
  const f = loadedBefore(counting(), { ttl: 1_000 });
  many(f);
  const real = performance.now.bind(performance);
  jest.spyOn(performance, 'now').mockImplementation(() => real() + 3_600_000);
  expect(f()).toBe(2);
});
