import { memoize } from '../../src/index.js';
import { randomFrom } from '../support/random.js';
import { deferred } from '../support/transcript.js';
import { flush } from '../support/until.js';

const unhandled: unknown[] = [];
const hear = (reason: unknown): void => void unhandled.push(reason);
beforeAll(() => process.on('unhandledRejection', hear));
afterAll(() => process.off('unhandledRejection', hear));
afterEach(async () => {
  await flush();
  expect(unhandled.splice(0)).toEqual([]);
});

test('an aborted call inside a computation leaves no promise of a flight behind', async () => {
  const gate = deferred<number>();
  const inner = memoize(async (n: number, { signal }: { signal?: AbortSignal }) => {
    signal?.throwIfAborted();
    return (await gate.promise) + n;
  });
  const failing = inner(1, {});
  const outer = memoize(async () => {
    await inner(1, { signal: AbortSignal.abort() }).catch(() => 'aborted');
    return 'outer';
  });
  const result = outer();
  gate.reject(new Error('the function’s own'));
  await expect(failing).rejects.toThrow('own');
  expect(await result).toBe('outer');
});

test.each<object>([{}, { computeTimeout: 3 }, { staleIfError: '1h', ttl: 1 }, { errorTtl: 2 }])(
  'random nesting with aborts leaves no unhandled rejection (%j)',
  async (options) => {
    for (let seed = 0; seed < 60; seed += 1) {
      const random = randomFrom(seed);
      const pick = (below: number) => Math.floor(random() * below);
      const pause = () =>
        random() < 0.5 ? flush() : new Promise((resolve) => setTimeout(resolve, pick(4)));
      let left = 200; // calls
      const f = memoize(
        async (key: number, _: { signal?: AbortSignal }): Promise<number> => {
          if (random() < 0.5) await pause();
          for (let n = pick(3); n > 0 && left > 0; n -= 1) {
            const calls = Array.from({ length: 1 + pick(2) }, () => callOnce());
            if (random() < 0.8) await Promise.allSettled(calls);
            else await Promise.all(calls.map((call) => call.catch(() => 0)));
          }
          if (random() < 0.4) throw new Error(`failed: ${key}`);
          return key;
        },
        { ...options },
      );
      const callOnce = async (): Promise<number> => {
        left -= 1;
        const controller = new AbortController();
        const when = pick(4);
        if (when === 0) controller.abort();
        const call = f(pick(4), when === 3 ? {} : { signal: controller.signal });
        if (when === 1) controller.abort();
        if (when === 2) void pause().then(() => controller.abort());
        return call;
      };
      await Promise.allSettled(Array.from({ length: 10 }, () => callOnce()));
      await flush();
      if (unhandled.length > 0) break;
    }
  },
  60_000,
);
