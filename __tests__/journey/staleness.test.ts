import { createCache, lru, memoize, type Backend, type Entry } from '../../src/index.js';
import { remoteBackend } from '../support/remote-backend.js';
import { deferred, transcript } from '../support/transcript.js';

const T0 = 1_800_000_000_000;

beforeEach(() => {
  jest.useFakeTimers({ now: T0, doNotFake: ['queueMicrotask', 'nextTick', 'setImmediate'] });
});
afterEach(() => {
  jest.useRealTimers();
});

/** A function whose n-th computation returns `n`, and a transcript of its events. */
function counted(options: object = {}) {
  const { heard, onEvent } = transcript();
  let computed = 0;
  const f = memoize((_: string) => (computed += 1), { ttl: 1_000, onEvent, ...options });
  return { f, heard, computed: () => computed };
}

const pass = (milliseconds: number) => jest.advanceTimersByTimeAsync(milliseconds);

/** An origin that is up or down. */
function origin(options: object = {}) {
  const { heard, onEvent } = transcript();
  const failure = new Error('the origin is down');
  const state = { up: true, asked: 0, failure };
  const f = memoize(
    async (_: string) => {
      state.asked += 1;
      if (!state.up) throw state.failure;
      return `value ${state.asked}`;
    },
    { ttl: 1_000, onEvent, ...options },
  );
  return { f, heard, state };
}

describe('staleWhileRevalidate', () => {
  test('returns the stale value at once and refreshes it in the background', async () => {
    const { f, heard, computed } = counted({ staleWhileRevalidate: 500 });
    expect(f('a')).toBe(1);
    await pass(1_200);
    expect(f('a')).toBe(1);
    expect(computed()).toBe(1); // only after the caller has its value
    await pass(1);
    expect(f('a')).toBe(2);
    expect(heard).toEqual(['miss', 'store', 'stale', 'refresh', 'store', 'hit']);
  });

  test('ends with its window: after it a call computes', async () => {
    const { f, heard } = counted({ staleWhileRevalidate: 500 });
    f('a');
    await pass(1_500);
    expect(f('a')).toBe(2);
    expect(heard).toEqual(['miss', 'store', 'miss', 'store']);
  });

  test('refreshes once for a hundred calls', async () => {
    const { f, heard } = origin({ staleWhileRevalidate: 500 });
    await f('a');
    await pass(1_200);
    const values = await Promise.all(Array.from({ length: 100 }, () => f('a')));
    expect(new Set(values)).toEqual(new Set(['value 1']));
    await pass(1);
    expect(await f('a')).toBe('value 2');
    expect(heard.filter((type) => type === 'refresh')).toHaveLength(1);
  });

  test('a refresh that fails emits an event, and the stale value stays until its window ends', async () => {
    const { f, heard, state } = origin({ staleWhileRevalidate: 500 });
    await f('a');
    state.up = false;
    await pass(1_200);
    expect(await f('a')).toBe('value 1');
    await pass(1);
    expect(await f('a')).toBe('value 1');
    expect(heard).toEqual(['miss', 'store', 'stale', 'refresh', 'computeError', 'stale']);
    await pass(400);
    await expect(f('a')).rejects.toBe(state.failure);
  });

  test('a call after the window joins the refresh that is still under way', async () => {
    const { heard, onEvent } = transcript();
    const gates = [deferred<string>(), deferred<string>()];
    let computed = 0;
    const f = memoize((_: string) => gates[computed++]!.promise, {
      ...{ ttl: 1_000, staleWhileRevalidate: 500, onEvent },
    });
    gates[0]!.resolve('old');
    await f('a');
    await pass(1_400);
    expect(await f('a')).toBe('old');
    await pass(200);
    const late = f('a');
    gates[1]!.resolve('new');
    expect(await late).toBe('new');
    expect(heard).toEqual(['miss', 'store', 'stale', 'refresh', 'join', 'store']);
  });

  test('neither an invalidated value nor the value of an earlier refresh is served', async () => {
    const gates = [deferred<string>(), deferred<string>(), deferred<string>()];
    let computed = 0;
    const { heard, onEvent } = transcript();
    const f = memoize((_: string) => gates[computed++]!.promise, {
      ...{ ttl: 1_000, staleWhileRevalidate: 500, onEvent },
    });
    gates[0]!.resolve('first');
    await f('a');
    await pass(1_200);
    await f('a');
    await pass(1);
    f.invalidate('a');
    const call = f('a');
    gates[1]!.resolve('second');
    gates[2]!.resolve('third');
    expect(await call).toBe('third');
    expect(await f('a')).toBe('third');
    expect(heard).toContain('skip:fenced');
  });

  test('peek returns fresh values only', async () => {
    const { f } = counted({ staleWhileRevalidate: 500 });
    f('a');
    await pass(1_200);
    expect(f.peek('a')).toBeUndefined();
  });
});

describe('staleIfError', () => {
  test('returns the stale value within its window when computing fails', async () => {
    const { f, heard, state } = origin({ staleIfError: '1h' });
    await f('a');
    state.up = false;
    await pass(60_000);
    expect(await f('a')).toBe('value 1');
    expect(heard).toEqual(['miss', 'store', 'miss', 'computeError', 'fallback']);
    await pass(3_600_000);
    await expect(f('a')).rejects.toBe(state.failure);
  });

  test('a synchronous function falls back at once', async () => {
    let up = true;
    const f = memoize(
      (n: number) => {
        if (!up) throw new Error('down');
        return n * 2;
      },
      { ttl: 1_000, staleIfError: '1h' },
    );
    f(4);
    up = false;
    await pass(2_000);
    expect(f(4)).toBe(8);
    expect(() => f(5)).toThrow('down');
  });

  test('an origin that is down for a minute is called only as often as the back-off allows', async () => {
    const { f, state } = origin({ staleIfError: '1h' });
    await f('a');
    state.up = false;
    await pass(1_000);
    const before = state.asked;
    for (let call = 0; call < 6_000; call += 1) {
      expect(await f('a')).toBe('value 1');
      await pass(10);
    }
    // At 0, 1, 3, 7, 15, 31 s at the latest; each pause may be a quarter shorter.
    const asked = state.asked - before;
    expect(asked).toBeGreaterThanOrEqual(6);
    expect(asked).toBeLessThanOrEqual(7);
    state.up = true;
    await pass(30_000);
    expect(await f('a')).toBe(`value ${state.asked}`);
  });

  test('an error for which `when` returns false is thrown, even if a stale value is stored', async () => {
    class NotFound extends Error {}
    const { f, state } = origin({
      staleIfError: { for: '1h', when: (error: unknown) => !(error instanceof NotFound) },
    });
    await f('a');
    state.up = false;
    state.failure = new NotFound('gone');
    await pass(2_000);
    await expect(f('a')).rejects.toBe(state.failure);
    await expect(f('a')).rejects.toBe(state.failure); // and there is no back-off
    state.failure = new Error('down');
    expect(await f('a')).toBe('value 1');
  });

  test('a predicate that throws emits an event, and the error of the function is thrown', async () => {
    const { f, heard, state } = origin({
      staleIfError: {
        for: '1h',
        when: () => {
          throw new TypeError('oops');
        },
      },
    });
    await f('a');
    state.up = false;
    await pass(2_000);
    await expect(f('a')).rejects.toBe(state.failure);
    expect(heard).toContain('error:staleIfError');
  });

  test('a value that was invalidated while computing failed is not served', async () => {
    const gate = deferred<string>();
    let computed = 0;
    const f = memoize(async (_: string) => (computed++ === 0 ? 'first' : gate.promise), {
      ...{ ttl: 1_000, staleIfError: '1h' },
    });
    await f('a');
    await pass(2_000);
    const call = f('a');
    f.invalidate('a');
    const failure = new Error('down');
    gate.reject(failure);
    await expect(call).rejects.toBe(failure);
  });

  test('calls that joined a failing computation share the stale value', async () => {
    const { f, heard, state } = origin({ staleIfError: '1h' });
    await f('a');
    state.up = false;
    await pass(2_000);
    expect(await Promise.all([f('a'), f('a'), f('a')])).toEqual(Array(3).fill('value 1'));
    expect(heard).toEqual(['miss', 'store', 'miss', 'join', 'join', 'computeError', 'fallback']);
  });
});

describe('staleIfError with other options', () => {
  test('a predicate that returns no boolean emits an event, and the error of the function is thrown', async () => {
    for (const when of [() => 'yes', () => Promise.reject(new Error('late'))] as unknown[]) {
      const { f, heard, state } = origin({ staleIfError: { for: '1h', when } });
      await f('a');
      state.up = false;
      await pass(2_000);
      await expect(f('a')).rejects.toBe(state.failure);
      expect(heard).toContain('error:staleIfError');
    }
  });

  test('a cached error does not replace a stale value', async () => {
    const { f, state } = origin({ staleIfError: '1h', errorTtl: '10s' });
    await f('a');
    state.up = false;
    await pass(2_000);
    for (let second = 0; second < 20; second += 1) {
      expect(await f('a')).toBe('value 1');
      await pass(1_000);
    }
  });

  test('refresh() throws the error of the function', async () => {
    const { f, state } = origin({ staleIfError: '1h' });
    await f('a');
    state.up = false;
    await expect(f.refresh('a')).rejects.toBe(state.failure);
    expect(await f('a')).toBe('value 1'); // and the stored value stays
  });
});

describe('a value that must not be stored', () => {
  test('removes the stale value that it would have replaced', async () => {
    let computed = 0;
    const { heard, onEvent } = transcript();
    const f = memoize((_: string) => (computed += 1), {
      ...{ ttl: 1_000, staleWhileRevalidate: '1h', onEvent },
      shouldCache: (value) => value === 1,
    });
    f('a');
    await pass(2_000);
    expect(f('a')).toBe(1);
    await pass(1);
    expect([f('a'), f('a')]).toEqual([3, 4]);
    expect(heard.filter((type) => type === 'stale')).toHaveLength(1);
  });
});

test('a value computed after an invalidation gets a background refresh while an older refresh hangs', async () => {
  const gates = Array.from({ length: 4 }, () => deferred<string>());
  let computed = 0;
  const f = memoize((_: string) => gates[computed++]!.promise, {
    ...{ ttl: 1_000, staleWhileRevalidate: '1h' },
  });
  gates[0]!.resolve('first');
  await f('a');
  await pass(2_000);
  await f('a');
  await pass(1); // gates[1] hangs
  f.invalidate('a');
  gates[2]!.resolve('third');
  expect(await f('a')).toBe('third');
  await pass(2_000);
  gates[3]!.resolve('fourth');
  expect(await f('a')).toBe('third');
  await pass(1);
  expect(await f('a')).toBe('fourth');
});

describe('errorTtl', () => {
  test('rejects if the function returns promises without being async', async () => {
    const failure = new Error('no');
    const f = memoize((_: number): Promise<number> => Promise.reject(failure), {
      errorTtl: '1m',
    });
    const calls = [f(1), f(1)];
    for (const call of calls) await expect(call).rejects.toBe(failure);
    await expect(f(1)).rejects.toBe(failure);
    expect(f.stats()).toMatchObject({ miss: 1, join: 1, errorHit: 1 });
  });

  test('throws the same error again without computing until it has elapsed', async () => {
    const { f, heard, state } = origin({ errorTtl: 500 });
    state.up = false;
    await expect(f('a')).rejects.toBe(state.failure);
    await expect(f('a')).rejects.toBe(state.failure);
    expect(state.asked).toBe(1);
    await pass(500);
    state.up = true;
    expect(await f('a')).toBe('value 2');
    expect(heard).toEqual(['miss', 'computeError', 'errorHit', 'miss', 'store']);
  });

  test('a synchronous function throws it synchronously', () => {
    let computed = 0;
    const failure = new Error('no');
    const f = memoize(
      (_: number): number => {
        computed += 1;
        throw failure;
      },
      { errorTtl: '1m' },
    );
    for (let call = 0; call < 3; call += 1) expect(() => f(1)).toThrow(failure);
    expect(computed).toBe(1);
  });

  test.each(['invalidate', 'refresh', 'prime'] as const)(
    '%s removes the cached error',
    async (control) => {
      const { f, state } = origin({ errorTtl: '1m' });
      state.up = false;
      await expect(f('a')).rejects.toBe(state.failure);
      state.up = true;
      if (control === 'prime') await f.prime(['a'], Promise.resolve('given'));
      else await f[control]('a');
      expect(await f('a')).toBe(control === 'prime' ? 'given' : 'value 2');
    },
  );

  test('an invalidated value is not served, even if the invalidation was not confirmed', async () => {
    let reachable = true;
    const stored = remoteBackend();
    const whenReachable = async (work: () => unknown): Promise<void> => {
      if (!reachable) throw new Error('read only');
      await work();
    };
    const backend: Backend = {
      ...stored,
      shared: false,
      set: (key, entry) => whenReachable(() => stored.set(key, entry)),
      delete: (key) => whenReachable(() => stored.delete(key)),
    };
    const { f, state } = origin({ backend, staleIfError: '1h' });
    await f('a');
    reachable = false;
    expect(await f.invalidate('a')).toBe(false);
    state.up = false;
    await expect(f('a')).rejects.toBe(state.failure);
  });

  test('without it every call computes', async () => {
    const { f, state } = origin();
    state.up = false;
    for (let call = 0; call < 3; call += 1) await expect(f('a')).rejects.toBe(state.failure);
    expect(state.asked).toBe(3);
  });
});

describe('earlyRefresh', () => {
  /** A function that takes 100 ms of the fake clock. */
  const slow = (options: object) => {
    const { heard, onEvent } = transcript();
    let computed = 0;
    const f = memoize(
      async (_: string) => {
        computed += 1;
        await new Promise((resolve) => setTimeout(resolve, 100));
        return computed;
      },
      { ttl: 1_000, onEvent, ...options },
    );
    const get = async () => {
      const call = f('a');
      await pass(100);
      return call;
    };
    return { f, get, heard };
  };

  test('refreshes in the background of a hit with a probability that depends on cost and time left', async () => {
    const random = jest.spyOn(Math, 'random').mockReturnValue(0.99);
    const { f, get, heard } = slow({ earlyRefresh: 1 });
    await get();
    await pass(950);
    expect(await f('a')).toBe(1); // 50 ms are left, and -ln 0.99 * 100 ms is 1 ms
    random.mockReturnValue(0.5); // -ln 0.5 * 100 ms is 69 ms
    expect(await f('a')).toBe(1);
    await pass(101);
    expect(await f('a')).toBe(2);
    expect(heard).toEqual(['miss', 'store', 'hit', 'hit', 'refresh', 'store', 'hit']);
  });

  test('twice the β refreshes twice as early', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0.5);
    for (const [beta, early] of [
      [1, false],
      [2, true],
    ] as const) {
      const { f, get, heard } = slow({ earlyRefresh: beta });
      await get();
      await pass(900); // 100 ms are left
      await f('a');
      await pass(1);
      expect(heard.includes('refresh')).toBe(early);
    }
  });

  test('without it a hit starts no refresh', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(1e-9);
    const { f, get, heard } = slow({});
    await get();
    await pass(899);
    await f('a');
    await pass(1);
    expect(heard).toEqual(['miss', 'store', 'hit']);
  });
});

describe('jitter', () => {
  test('shortens each ttl by a random part of up to itself', async () => {
    const random = jest.spyOn(Math, 'random').mockReturnValue(0.5);
    const { f } = counted({ jitter: 0.2 });
    f('a');
    random.mockReturnValue(1);
    f('b');
    await pass(799);
    expect([f('a'), f('b')]).toEqual([1, 2]);
    await pass(1);
    expect(f('b')).toBe(3); // 1 s less 20 %
    await pass(99);
    expect(f('a')).toBe(1); // 1 s less 10 %
    await pass(1);
    expect(f('a')).toBe(4);
  });
});

describe('defaults of a cache', () => {
  test('apply to its functions unless a function sets its own', async () => {
    const { heard, onEvent } = transcript();
    const cache = createCache({ backend: lru(), ttl: 1_000, staleWhileRevalidate: 500, onEvent });
    const f = cache.memoize((n: number) => n);
    const strict = cache.memoize((n: number) => n, { staleWhileRevalidate: 0 });
    f(1);
    strict(1);
    await pass(1_100);
    heard.length = 0;
    f(1);
    strict(1);
    expect(heard).toEqual(['stale', 'miss', 'store']);
  });
});

test('a stored entry has a keepUntil and the cost of its computation', async () => {
  const backend = remoteBackend({ shared: false });
  const f = memoize(
    async (n: number) => {
      await new Promise((resolve) => setTimeout(resolve, 70));
      return n;
    },
    { backend, ttl: 1_000, staleWhileRevalidate: 2_000, staleIfError: 3_000 },
  );
  const call = f(1);
  await pass(70);
  await call;
  const [{ freshUntil, keepUntil, cost } = {} as Entry] = backend.entries.values();
  // Four times the cost beyond the windows, so that the entry still exists when its refresh ends.
  expect([keepUntil! - freshUntil, cost]).toEqual([3_280, 70]);
});
