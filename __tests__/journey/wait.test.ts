import { pollDelay } from '../../src/journey/wait.js';

describe('the delay until the next poll', () => {
  beforeEach(() => jest.spyOn(Math, 'random').mockReturnValue(0.5)); // neither more nor less

  test.each([
    ['is an eighth of the expected cost', 800, 0, 100],
    ['is at least 10 ms', 8, 0, 10],
    ['is at most 250 ms while the computation is in time', 60_000, 0, 250],
    ['is an eighth of the lateness once the computation is late', 100, 1_700, 200],
    ['is at most 500 ms', 100, 60_000, 500],
  ])('%s', (_, cost, waited, expected) => {
    expect(pollDelay(cost, waited)).toBe(expected);
  });

  test('differs by a quarter either way, so that waiting processes do not poll together', () => {
    jest.spyOn(Math, 'random').mockReturnValue(0);
    expect(pollDelay(800, 0)).toBe(75);
    jest.spyOn(Math, 'random').mockReturnValue(1);
    expect(pollDelay(800, 0)).toBe(125);
  });
});
