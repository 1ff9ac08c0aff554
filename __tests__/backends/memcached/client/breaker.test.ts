import { Breaker } from '../../../../src/backends/memcached/client/breaker.js';

let time = 1_000;
/** A breaker with the longest possible pauses, on a clock that the test sets. */
const breakerOf = (random = 1): Breaker =>
  new Breaker({ threshold: 3, now: () => time, random: () => random });

const opened = (): Breaker => {
  const breaker = breakerOf();
  breaker.unreachable();
  return breaker;
};

describe('a closed breaker', () => {
  test('admits every request', () => {
    const breaker = breakerOf();
    expect([breaker.admit(), breaker.admit(), breaker.isDown, breaker.open]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  test('opens at the last of enough consecutive failures, and reports it once', () => {
    const breaker = breakerOf();
    expect([breaker.failed(1), breaker.failed(1), breaker.failed(1)]).toEqual([false, false, true]);
    expect(breaker.failed(1)).toBe(false);
    expect(breaker.admit()).toBe(false);
  });

  test('resets its count of failures at a success', () => {
    const breaker = breakerOf();
    breaker.failed(2);
    expect(breaker.succeeded()).toBe(false);
    expect(breaker.failed(2)).toBe(false);
    expect(breaker.admit()).toBe(true);
  });

  test('opens at once when the server cannot be reached', () => {
    expect(breakerOf().unreachable()).toBe(true);
  });
});

describe('an open breaker', () => {
  test('admits exactly one request at the end of the pause', () => {
    const breaker = opened();
    time += 24.9;
    expect(breaker.admit()).toBe(false);
    time += 0.1;
    expect(breaker.isDown).toBe(false);
    expect([breaker.admit(), breaker.admit(), breaker.isDown]).toEqual([true, false, true]);
    time += 1e6;
    expect(breaker.admit()).toBe(false);
  });

  test('closes when the probe succeeds, and reports it once', () => {
    const breaker = opened();
    time += 25;
    breaker.admit();
    expect([breaker.succeeded(), breaker.succeeded()]).toEqual([true, false]);
    expect([breaker.admit(), breaker.admit(), breaker.open]).toEqual([true, true, false]);
  });

  test('pauses twice as long after each probe that fails, up to 2 s', () => {
    const breaker = opened();
    const pauses = Array.from({ length: 12 }, () => {
      const start = time;
      while (!breaker.admit()) time += 1;
      breaker.failed(1);
      return time - start;
    });
    expect(pauses).toEqual([25, 50, 100, 200, 400, 800, 1600, 2000, 2000, 2000, 2000, 2000]);
  });

  test('starts with short pauses again after a success', () => {
    const breaker = opened();
    for (let n = 0; n < 5; n += 1) breaker.failed(1);
    breaker.succeeded();
    breaker.unreachable();
    time += 25;
    expect(breaker.admit()).toBe(true);
  });

  test('shortens each pause at random, down to 0', () => {
    const breaker = breakerOf(0);
    breaker.unreachable();
    expect([breaker.admit(), breaker.admit()]).toEqual([true, false]);
  });
});
