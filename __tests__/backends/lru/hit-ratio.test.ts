import { memoize } from '../../../src/index.js';
import { randomFrom } from '../../support/random.js';

const NUMBERS = 5001;
const RUNS = 10;
const CALLS = 2000;

/**
 * The count of numbers that a run is the first to draw: mean, and three standard deviations. One
 * number is new in the run with probability one, two given numbers both are with probability both.
 */
function expected(run: number): { mean: number; bound: number } {
  const missedBy = (numbers: number, draws: number) => (1 - numbers / NUMBERS) ** draws;
  const before = run * CALLS;
  const after = before + CALLS;
  const one = missedBy(1, before) - missedBy(1, after);
  // Unseen before, minus the cases in which the run misses the first or the second; both is counted twice.
  const firstUnseen = missedBy(2, before) * missedBy(1, CALLS);
  const both = missedBy(2, before) - 2 * firstUnseen + missedBy(2, after);
  const variance = NUMBERS * one * (1 - one) + NUMBERS * (NUMBERS - 1) * (both - one ** 2);
  return { mean: NUMBERS * one, bound: 3 * Math.sqrt(variance) };
}

test.each([1, 2, 3])(
  'each of ten runs of random calls misses as often as expected, seed %d',
  (seed) => {
    const random = randomFrom(seed);
    const square = memoize((n: number) => n * n);
    for (let run = 0; run < RUNS; run += 1) {
      const { miss } = square.stats();
      for (let call = 0; call < CALLS; call += 1) square(Math.floor(random() * NUMBERS));
      const { mean, bound } = expected(run);
      expect(Math.abs(square.stats().miss - miss - mean)).toBeLessThanOrEqual(bound);
    }
  },
);
