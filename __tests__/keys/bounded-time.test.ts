import { createCache, memoize, OptionError } from '../../src/index.js';
import { BoundsError } from '../../src/keys/refusal.js';
import { encodeArguments } from '../../src/keys/encode.js';
import { parseDuration } from '../../src/options/duration.js';

function elapsed(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** The time that `work` takes, at least: other programs of the machine only add to it. */
function fastest(work: () => unknown): number {
  return Math.min(...Array.from({ length: 3 }, () => elapsed(work)));
}

describe('a long duration string is refused at once', () => {
  const digits = '9'.repeat(100_000);

  test.each([
    ['digits without a unit', digits],
    ['digits with a unit', `${digits}s`],
    ['digits with an unknown unit', `${digits}x`],
    ['a point between digits', `${digits}.${digits}x`],
    ['spaces', `5${' '.repeat(100_000)}x`],
  ])('%s', (_, text) => {
    expect(elapsed(() => parseDuration(text))).toBeLessThan(500);
    expect(parseDuration(text)).toBeUndefined();
    expect(() => memoize((n: number) => n, { ttl: text as '1s' })).toThrow(OptionError);
    expect(() => createCache({ errorTtl: text as '1s' })).toThrow(OptionError);
  });

  test('from a ttl function, during a call', () => {
    const errors: unknown[] = [];
    const f = memoize((n: number) => n, {
      ttl: () => `${digits}x` as '1s',
      onEvent: (event) => event.type === 'error' && errors.push(event.error),
    });
    expect(elapsed(() => f(1))).toBeLessThan(500);
    expect(errors).toEqual([expect.any(OptionError)]);
  });

  test('a duration with many digits that somebody can write is one', () => {
    expect(parseDuration('0.1234567890123456789s')).toBeCloseTo(123.4567890123);
    expect(parseDuration(`${'0'.repeat(90)}5ms`)).toBe(5);
  });
});

describe('an argument far beyond the bounds of keys', () => {
  const many = Object.fromEntries(
    Array.from({ length: 300_000 }, (_, id) => [`p${(id * 7_919) % 300_007}`, id]),
  );

  test('with 300,000 properties costs little more than to list their names', () => {
    const listing = fastest(() => Object.keys(many));
    const encoding = fastest(() => expect(() => encodeArguments([many])).toThrow(BoundsError));
    expect(encoding).toBeLessThan(4 * listing + 150);
  });

  test('with many long names has no text of them made', () => {
    const long = 'é'.repeat(100_000);
    const named = Object.fromEntries(Array.from({ length: 900 }, (_, id) => [`${id}${long}`, id]));
    expect(() => encodeArguments([named])).toThrow(BoundsError);
    expect(() => encodeArguments([[named, named]])).toThrow(
      /^argument 1, \[0\] would give the key more than 1048576 characters\./,
    );
  });
});
