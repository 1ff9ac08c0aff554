import { memoize } from '../../src/index.js';
import { flush, outcome } from '../support/until.js';

interface Options {
  readonly signal?: AbortSignal;
  readonly deadline?: AbortSignal;
}

/** A function that never settles, with the signals that it was passed. */
function hanging() {
  const seen: Options[] = [];
  const f = memoize((_: number, ...rest: (Options | AbortSignal | undefined)[]) => {
    for (const arg of rest) seen.push(arg instanceof AbortSignal ? { signal: arg } : { ...arg });
    return new Promise<string>(() => undefined);
  });
  return { f, seen };
}

type Place = (one: AbortSignal, two: AbortSignal) => (Options | AbortSignal)[];
const PLACES: [name: string, place: Place][] = [
  ['two arguments', (one, two) => [one, two]],
  ['an argument and an option', (one, two) => [one, { signal: two }]],
  ['two options', (one, two) => [{ signal: one, deadline: two }]],
  ['options of two arguments', (one, two) => [{ signal: one }, { signal: two }]],
  [
    'two getters',
    (one, two) => [
      {
        get signal() {
          return one;
        },
        get deadline() {
          return two;
        },
      },
    ],
  ],
];

describe.each(PLACES)('of two signals in %s', (_, place) => {
  test.each([0, 1])('number %d is heard, and both are replaced', async (which) => {
    const { f, seen } = hanging();
    const controllers = [new AbortController(), new AbortController()] as const;
    const call = f(1, ...place(controllers[0].signal, controllers[1].signal));
    expect(f.keyFor(1, ...place(controllers[0].signal, controllers[1].signal))).toBe(
      f.keyFor(1, ...place(controllers[1].signal, AbortSignal.abort())),
    );
    const signals = seen.flatMap((options) => Object.values(options) as AbortSignal[]);
    expect(signals).toHaveLength(2);
    expect(new Set(signals).size).toBe(1);
    controllers[which]!.abort('why');
    expect(await outcome(call)).toEqual({ error: 'why' });
    expect([signals[0]!.aborted, signals[0]!.reason]).toEqual([true, 'why']);
    controllers[1 - which]!.abort('again');
    expect(f.stats()).toMatchObject({ miss: 1, abort: 1 });
  });
});

test('a signal in a getter is heard and replaced, and one that throws is left to the function', async () => {
  const controller = new AbortController();
  const seen: AbortSignal[] = [];
  const f = memoize(
    async (options: { readonly signal: AbortSignal }) => {
      seen.push(options.signal);
      return new Promise<string>(() => undefined);
    },
    { key: () => 'k' },
  );
  const call = f({
    get signal() {
      return controller.signal;
    },
  });
  expect(seen[0]).not.toBe(controller.signal);
  controller.abort('why');
  expect(await outcome(call)).toEqual({ error: 'why' });
  const throwing = {
    get signal(): AbortSignal {
      throw new Error('mine');
    },
  };
  expect(await outcome(f(throwing))).toMatchObject({ error: { message: 'mine' } });
});

test('a signal has one listener, however many calls of however many keys wait', async () => {
  const { f } = hanging();
  const controller = new AbortController();
  const { signal } = controller;
  const added = jest.spyOn(signal, 'addEventListener');
  const removed = jest.spyOn(signal, 'removeEventListener');
  const calls = Array.from({ length: 100 }, (_, n) => outcome(f(n % 20, signal)));
  expect(added).toHaveBeenCalledTimes(1);
  controller.abort('why');
  expect(new Set((await Promise.all(calls)).map((found) => JSON.stringify(found)))).toEqual(
    new Set(['{"error":"why"}']),
  );
  expect(removed).toHaveBeenCalledTimes(1);
  expect(f.stats()).toMatchObject({ miss: 20, join: 80, abort: 100 });
});

test('calls with one signal print no MaxListenersExceededWarning', async () => {
  const warnings: Error[] = [];
  const hear = (warning: Error): void => void warnings.push(warning);
  process.on('warning', hear);
  const { signal } = new AbortController();
  const f = memoize(async (n: number, _: AbortSignal) => {
    await flush();
    return n;
  });
  await Promise.all(Array.from({ length: 50 }, (_, n) => f(n % 25, signal)));
  await flush();
  process.off('warning', hear);
  expect(warnings).toEqual([]);
});

test('40,000 concurrent calls with one signal end soon, and so do those that abort', async () => {
  const { signal } = new AbortController();
  const f = memoize(async (n: number, _: AbortSignal) => {
    await flush();
    return n;
  });
  const started = performance.now();
  const calls = Array.from({ length: 40_000 }, (_, n) => f(n % 10, signal));
  expect((await Promise.all(calls)).length).toBe(40_000);
  const { f: g } = hanging();
  const controller = new AbortController();
  const left = Array.from({ length: 40_000 }, async () => g(1, controller.signal).catch(() => 0));
  controller.abort();
  await Promise.all(left);
  expect(performance.now() - started).toBeLessThan(20_000);
}, 60_000);
