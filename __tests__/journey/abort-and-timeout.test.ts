import { cacheOf, cached, createCache, memoize, TimeoutError } from '../../src/index.js';
import { heapInUse } from '../support/heap.js';
import { connect, SimulatedStore } from '../support/simulated-fleet.js';
import { deferred, transcript } from '../support/transcript.js';
import { flush, flushMessages, outcome, until } from '../support/until.js';

/** A function that records the signals passed to it and finishes when the test says so. */
function watched(options: object = {}) {
  const { heard, onEvent } = transcript();
  const signals: (AbortSignal | undefined)[] = [];
  const gates = Array.from({ length: 4 }, () => deferred<string>());
  const f = memoize((_: string, signal?: AbortSignal) => gates[signals.push(signal) - 1]!.promise, {
    onEvent,
    ...options,
  });
  return { f, heard, signals, gates };
}

describe('AbortSignal', () => {
  test('a caller can abort without any effect on the calls that joined its computation', async () => {
    const { f, gates, heard, signals } = watched();
    const controller = new AbortController();
    const leaving = f('a', controller.signal);
    const staying = f('a');
    controller.abort(new Error('enough'));
    await expect(leaving).rejects.toBe(controller.signal.reason);
    expect(signals[0]!.aborted).toBe(false);
    gates[0]!.resolve('value');
    expect(await staying).toBe('value');
    expect(heard).toEqual(['miss', 'join', 'abort', 'store']);
  });

  test('the function gets its own signal, which aborts when the last caller has aborted', async () => {
    const { f, gates, heard, signals } = watched();
    const controllers = [new AbortController(), new AbortController()];
    const calls = controllers.map(({ signal }) => f('a', signal));
    expect(signals).toHaveLength(1);
    expect(controllers.map(({ signal }) => signal)).not.toContain(signals[0]);
    controllers[0]!.abort();
    expect(signals[0]!.aborted).toBe(false);
    controllers[1]!.abort('why');
    expect([signals[0]!.aborted, signals[0]!.reason]).toEqual([true, 'why']);
    for (const call of calls) expect(await outcome(call)).toHaveProperty('error');
    gates[0]!.reject(new Error('aborted')); // and only the listener gets an event
    await flush();
    expect(heard).toEqual(['miss', 'join', 'abort', 'abort', 'computeError']);
  });

  test('a call made after every caller has aborted computes again, and a late value is stored', async () => {
    const { f, gates, heard } = watched();
    const controller = new AbortController();
    const left = f('a', controller.signal);
    controller.abort();
    await expect(left).rejects.toBe(controller.signal.reason);
    gates[0]!.resolve('late');
    await flush();
    expect(await f('a')).toBe('late');
    expect(heard).toEqual(['miss', 'abort', 'store', 'hit']);
  });

  test('a late value neither overwrites a newer one nor survives an invalidation', async () => {
    const { f, gates } = watched();
    const leave = async () => {
      const controller = new AbortController();
      const left = f('a', controller.signal);
      controller.abort();
      await outcome(left);
    };
    await leave();
    gates[1]!.resolve('newer');
    expect(await f('a')).toBe('newer');
    gates[0]!.resolve('late');
    await flush();
    expect(f.peek('a')?.value).toBe('newer');
    f.invalidate('a');
    await leave();
    f.invalidate('a');
    gates[2]!.resolve('too late');
    await flush();
    expect(f.peek('a')).toBeUndefined();
  });

  test('a function that ignores its signal is still cached when its callers keep aborting', async () => {
    const { f, gates, heard } = watched();
    for (let n = 0; n < 3; n += 1) {
      const controller = new AbortController();
      const left = f('a', controller.signal);
      controller.abort();
      await outcome(left);
    }
    for (const gate of gates) gate.resolve('value');
    await flush();
    expect(await f('a')).toBe('value');
    expect(heard.filter((type) => type === 'store')).toHaveLength(1);
  });

  test('a signal in an options object is replaced there by the signal of the computation', async () => {
    const seen: { signal?: AbortSignal; size: number }[] = [];
    const f = memoize(async (options: { signal?: AbortSignal; size: number }) => {
      seen.push(options);
      await flush();
      return options.size;
    });
    const { signal } = new AbortController();
    const given = Object.freeze({ signal, size: 3 });
    expect(await Promise.all([f(given), f({ size: 3 })])).toEqual([3, 3]);
    expect(seen).toEqual([{ signal: expect.any(AbortSignal) as AbortSignal, size: 3 }]);
    expect(seen[0]!.signal).not.toBe(signal);
  });

  test('a call with an aborted signal rejects on a miss and returns a hit', async () => {
    const { f, gates, signals } = watched();
    gates[1]!.resolve('value');
    const reason = new Error('before');
    await expect(f('a', AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(signals[0]!.reason).toBe(reason); // the function itself may react to an aborted signal
    gates[0]!.reject(reason);
    expect(await f('a')).toBe('value');
    expect(await f('a', AbortSignal.abort(reason))).toBe('value'); // a hit needs no computation
  });

  test('no listener stays on a signal that outlives its calls', async () => {
    const { signal } = new AbortController();
    const [add, remove] = [
      jest.spyOn(signal, 'addEventListener'),
      jest.spyOn(signal, 'removeEventListener'),
    ];
    const f = memoize(async (n: number, _: AbortSignal) => n);
    for (let n = 0; n < 20; n += 1) await f(n, signal);
    expect(add).toHaveBeenCalledTimes(20);
    expect(remove).toHaveBeenCalledTimes(20);
  });

  test('a call of a decorated method can abort too', async () => {
    const gate = deferred<string>();
    class Repo {
      @cached()
      async find(_id: number, _signal?: AbortSignal): Promise<string> {
        return gate.promise;
      }
    }
    const repo = new Repo();
    const controller = new AbortController();
    const left = repo.find(1, controller.signal);
    const stays = repo.find(1);
    controller.abort();
    await expect(left).rejects.toBe(controller.signal.reason);
    gate.resolve('found');
    expect(await stays).toBe('found');
    expect(cacheOf(repo.find, repo).stats()).toMatchObject({ miss: 1, join: 1, abort: 1 });
  });

  test('a synchronous function is passed a signal that has already aborted', () => {
    const f = memoize((n: number, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      return n;
    });
    const reason = new Error('before');
    expect(() => f(1, AbortSignal.abort(reason))).toThrow(reason);
    expect(f(1)).toBe(1);
  });

  test('the search for a signal runs no getter, and a look-alike is not taken for a signal', async () => {
    let asked = 0;
    const f = memoize(async (options: object) => Object.keys(options).length, { key: () => 'k' });
    const options = {
      get lazy() {
        asked += 1;
        throw new Error('asked');
      },
      get [Symbol.toStringTag]() {
        return 'AbortSignal';
      },
    };
    expect(await f(options)).toBe(1);
    expect(asked).toBe(0);
  });

  test('a background refresh goes on when the calls that joined it abort', async () => {
    const { f, gates, signals } = watched({ ttl: 1, staleWhileRevalidate: 50 });
    gates[0]!.resolve('old');
    await f('a');
    await until(() => f.peek('a') === undefined);
    expect(await f('a')).toBe('old');
    await until(() => signals.length === 2);
    await new Promise((resolve) => setTimeout(resolve, 60)); // past the window: the next call joins
    const controller = new AbortController();
    const left = f('a', controller.signal);
    controller.abort();
    await expect(left).rejects.toBe(controller.signal.reason);
    gates[1]!.resolve('new');
    await flush();
    expect(f.stats()).toMatchObject({ store: 2, join: 1, abort: 1 });
  });

  test('a prime goes on when the calls that joined it abort', async () => {
    const { f } = watched();
    const gate = deferred<string>();
    const primed = f.prime(['a'], gate.promise);
    const controller = new AbortController();
    const left = f('a', controller.signal);
    controller.abort();
    await expect(left).rejects.toBe(controller.signal.reason);
    gate.resolve('given');
    expect(await primed).toBe(true);
    expect(f.peek('a')?.value).toBe('given');
  });

  test('a call that joined a prime whose promise rejects computes', async () => {
    const { f, gates, heard } = watched();
    const gate = deferred<string>();
    const primed = outcome(f.prime(['a'], gate.promise));
    const call = f('a');
    gate.reject(new Error('not the function’s'));
    gates[0]!.resolve('computed');
    expect(await call).toBe('computed');
    expect(await primed).toHaveProperty('error');
    expect(heard).toEqual(['prime', 'join', 'retry', 'miss', 'store']);
  });

  test('a refresh() call can abort, and its value is still stored', async () => {
    const { f, gates } = watched();
    const controller = new AbortController();
    const left = f.refresh('a', controller.signal);
    controller.abort();
    await expect(left).rejects.toBe(controller.signal.reason);
    gates[0]!.resolve('value');
    await flush();
    expect(f.peek('a')?.value).toBe('value');
  });
});

describe('computeTimeout', () => {
  /** `watched`, on a shared backend with leases. */
  const leased = () => {
    const backend = connect(new SimulatedStore(), { delay: flush, fate: () => 'arrives' });
    return watched({ backend, key: '{0}', computeTimeout: '1s' });
  };
  const unhandled: unknown[] = [];
  const hear = (reason: unknown): void => void unhandled.push(reason);
  beforeAll(() => process.on('unhandledRejection', hear));
  afterAll(() => process.off('unhandledRejection', hear));
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick', 'setImmediate'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  const pass = (milliseconds: number) => jest.advanceTimersByTimeAsync(milliseconds);

  test('rejects all callers with one TimeoutError', async () => {
    const { f, heard, signals } = watched({ computeTimeout: '1s' });
    const calls = Promise.allSettled([f('a', new AbortController().signal), f('a')]);
    await pass(1_000);
    const [first, second] = (await calls) as PromiseRejectedResult[];
    expect(first!.reason).toBeInstanceOf(TimeoutError);
    expect((first!.reason as TimeoutError).code).toBe('ERR_CACHE_TIMEOUT');
    expect(second!.reason).toBe(first!.reason);
    expect(signals[0]!.aborted).toBe(true);
    expect(heard).toEqual(['miss', 'join', 'computeError']);
  });

  test('a late value fills the cache', async () => {
    const { f, gates, heard } = watched({ computeTimeout: '1s' });
    const call = outcome(f('a'));
    await pass(1_000);
    expect(await call).toMatchObject({ error: { name: 'TimeoutError' } });
    gates[0]!.resolve('late');
    await pass(1);
    expect(await f('a')).toBe('late');
    expect(heard).toEqual(['miss', 'computeError', 'store', 'hit']);
  });

  test('a late failure only emits an event', async () => {
    const { f, gates, heard } = watched({ computeTimeout: '1s' });
    const call = outcome(f('a'));
    await pass(1_000);
    await call;
    gates[0]!.reject(new Error('late'));
    await pass(1);
    expect(heard).toEqual(['miss', 'computeError', 'computeError']);
  });

  test.each(['invalidated', 'refreshed', 'primed'])(
    'a late value is not stored when its key was %s meanwhile',
    async (meanwhile) => {
      const { f, gates } = watched({ computeTimeout: '1s' });
      const call = outcome(f('a'));
      await pass(1_000);
      await call;
      gates[1]!.resolve('newer');
      if (meanwhile === 'refreshed') await f.refresh('a');
      else if (meanwhile === 'primed') await f.prime(['a'], Promise.resolve('newer'));
      else f.invalidate('a');
      gates[0]!.resolve('late');
      await pass(1);
      expect(f.peek('a')?.value).toBe(meanwhile === 'invalidated' ? undefined : 'newer');
    },
  );

  test('of two computations the first to finish stores its value, and the later one replaces it', async () => {
    const { f, gates, heard } = watched({ computeTimeout: '1s' });
    const call = outcome(f('a'));
    await pass(1_000);
    await call;
    const next = f('a'); // a call does not wait for a computation that may never end
    gates[0]!.resolve('late');
    await pass(1);
    expect(f.peek('a')?.value).toBe('late');
    gates[1]!.resolve('newer');
    expect(await next).toBe('newer');
    expect(await f('a')).toBe('newer');
    expect(heard).toEqual(['miss', 'computeError', 'miss', 'store', 'store', 'hit']);
  });

  test('a late value is not stored after a later computation has finished', async () => {
    const { f, gates, heard } = watched({ computeTimeout: '1s' });
    const call = outcome(f('a'));
    await pass(1_000);
    await call;
    gates[1]!.resolve('newer');
    expect(await f('a')).toBe('newer');
    gates[0]!.resolve('late');
    await pass(1);
    expect(await f('a')).toBe('newer');
    expect(heard).toEqual(['miss', 'computeError', 'miss', 'store', 'skip:fenced', 'hit']);
  });

  test.each([500, 3_000])(
    'a function that takes %d ms with a timeout of 100 is cached when its first computation ends',
    async (takes) => {
      const { heard, onEvent } = transcript();
      const f = memoize(
        async () => {
          await new Promise((resolve) => setTimeout(resolve, takes));
          return 'value';
        },
        { computeTimeout: 100, onEvent },
      );
      const calls: Promise<unknown>[] = [];
      for (let time = 0; time <= takes; time += 20) {
        calls.push(outcome(f()));
        await pass(20);
      }
      await pass(takes);
      await Promise.all(calls);
      await f();
      const stored = heard.indexOf('store');
      expect(stored).toBeGreaterThan(0);
      expect(heard.slice(stored)).not.toContain('miss');
      expect(heard.at(-1)).toBe('hit');
    },
  );

  test('a call that finds an entry does not wait for a late computation', async () => {
    const store = new SimulatedStore();
    const on = (compute: () => Promise<string>) =>
      memoize(compute, {
        backend: connect(store, { delay: flush, fate: () => 'arrives' }),
        ...{ key: () => 'a', computeTimeout: '1s', lease: false },
      });
    const here = on(() => new Promise(() => undefined));
    const first = outcome(here());
    await flushMessages();
    await pass(1_000);
    await first;
    await on(async () => 'of another process')();
    await flushMessages();
    expect(await here()).toBe('of another process');
  });

  test('a call with a stale value or a cached error does not wait for a late computation', async () => {
    const { f, gates } = watched({ computeTimeout: '1s', ttl: '1s', staleIfError: '1h' });
    gates[0]!.resolve('old');
    await f('a');
    await pass(2_000);
    const late = f('a');
    await pass(1_000);
    expect([await late, await f('a')]).toEqual(['old', 'old']);
    const failing = watched({ computeTimeout: '1s', errorTtl: '1h' });
    const first = outcome(failing.f('a'));
    await pass(1_000);
    expect(await outcome(failing.f('a'))).toEqual(await first);
  });

  test('an aborted call neither waits for a late computation nor leaves an unhandled rejection', async () => {
    const { f, signals } = watched({ computeTimeout: '1s' });
    const first = outcome(f('a'));
    await pass(1_000);
    await first;
    const reason = new Error('before');
    await expect(f('a', AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(signals).toHaveLength(2); // the function itself may react to an aborted signal
    await pass(5_000);
    expect(unhandled).toEqual([]);
  });

  test('the number of abandoned flights is bounded', async () => {
    const f = memoize((_: string) => new Promise(() => undefined), { computeTimeout: 10 });
    const call = async (from: number): Promise<void> => {
      for (let n = from; n < from + 3_000; n += 1) {
        const key = `${n}`.padEnd(1_000);
        const first = outcome(f(key));
        await pass(10);
        const second = outcome(f(key));
        await pass(10);
        await Promise.all([first, second]);
      }
    };
    await call(0);
    const before = await heapInUse();
    await call(3_000);
    expect((await heapInUse()) - before).toBeLessThan(2_000_000);
  });

  test('the signal of a timed-out computation aborts, and no call joins it any more', async () => {
    const { f, signals } = watched({ computeTimeout: '1s' });
    const first = outcome(f('a', new AbortController().signal));
    await pass(1_000);
    expect(signals[0]!.aborted).toBe(true);
    const second = outcome(f('a'));
    expect(signals).toHaveLength(2);
    await pass(1_000);
    await Promise.all([first, second]);
  });

  test('a call whose wait for the lease ran out does not fence the late computation', async () => {
    const { f, gates, signals } = leased();
    const calls = [outcome(f('a'))];
    await flushMessages();
    while (signals.length < 2) {
      await pass(100);
      await flushMessages();
      calls.push(outcome(f('a')));
    }
    gates[1]!.resolve('alone');
    gates[2]!.resolve('alone');
    gates[3]!.resolve('alone');
    await pass(2_000);
    gates[0]!.resolve('late');
    while (f.stats().store === 0) await pass(1);
    expect(await f('a')).toBe('late');
    await pass(2_000);
    await Promise.all(calls);
  });

  test('a stale value is returned instead of the TimeoutError if staleIfError allows it', async () => {
    const { f, gates, heard } = watched({ computeTimeout: '1s', ttl: '1s', staleIfError: '1m' });
    gates[0]!.resolve('old');
    await f('a');
    await pass(2_000);
    const call = f('a');
    await pass(1_000);
    expect(await call).toBe('old');
    expect(heard).toEqual(['miss', 'store', 'miss', 'computeError', 'fallback']);
  });

  test('a timeout of an invalidated or abandoned computation does not count as a failure', async () => {
    const { f, gates } = watched({ computeTimeout: '1s', errorTtl: '1m', ttl: 0 });
    const old = outcome(f('a'));
    f.invalidate('a');
    gates[1]!.resolve('new');
    expect(await f('a')).toBe('new');
    await pass(1_000);
    expect(await old).toMatchObject({ error: { name: 'TimeoutError' } });
    const controller = new AbortController();
    const left = outcome(f('a', controller.signal));
    controller.abort();
    await left;
    expect(jest.getTimerCount()).toBe(0);
    await pass(1_000);
    gates[3]!.resolve('newer');
    expect(await f('a')).toBe('newer');
  });

  test('a duration longer than a timer can be means no timeout', async () => {
    const { f, gates } = watched({ computeTimeout: '30d' });
    const call = f('a');
    await pass(60_000);
    gates[0]!.resolve('value');
    expect(await call).toBe('value');
  });

  test('no timer remains after a computation has finished', async () => {
    const cache = createCache({ computeTimeout: '1h' });
    const f = cache.memoize(async (n: number) => n);
    await f(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('a synchronous function has no timeout', () => {
    const f = memoize((n: number) => n, { computeTimeout: 1 });
    expect(f(1)).toBe(1);
  });
});
