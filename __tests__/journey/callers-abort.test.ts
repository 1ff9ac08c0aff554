import { cached, createCache, memoize } from '../../src/index.js';
import { connect, SimulatedStore } from '../support/simulated-fleet.js';
import { deferred, transcript } from '../support/transcript.js';
import { flush, outcome } from '../support/until.js';

class Job {
  constructor(readonly signal?: AbortSignal) {}
}

type Hidden = (signal?: AbortSignal) => unknown;
const HIDDEN: [name: string, hide: Hidden, read: (arg: any) => AbortSignal | undefined][] = [
  ['a class instance', (signal) => new Job(signal), (job: Job) => job.signal],
  [
    'a Request',
    (signal) => new Request('http://localhost/', signal && { signal }),
    (request: Request) => request.signal,
  ],
  [
    'inherited options',
    (signal) => Object.create({ signal }) as object,
    (options: Job) => options.signal,
  ],
  [
    'a getter',
    (signal) => ({
      get other() {
        return signal;
      },
    }),
    (options: { other?: AbortSignal }) => options.other,
  ],
  ['nested options', (signal) => ({ fetch: { signal } }), (o: { fetch: Job }) => o.fetch.signal],
  [
    'a Map',
    (signal) => new Map([['signal', signal]]),
    (map: Map<string, AbortSignal>) => map.get('signal'),
  ],
  ['an array', (signal) => [signal], ([signal]: AbortSignal[]) => signal],
];

/** Rejects when the signal aborts, else resolves after a turn or two. */
async function work(signal: AbortSignal | undefined): Promise<string> {
  await flush();
  await flush();
  signal?.throwIfAborted();
  return 'value';
}

describe('the abort of one caller', () => {
  test.each(HIDDEN)('in %s does not reach those who joined', async (_, hide, read) => {
    const { heard, onEvent } = transcript();
    let runs = 0;
    const f = memoize(
      async (arg: unknown) => {
        runs += 1;
        return work(read(arg));
      },
      { key: () => 'k', onEvent },
    );
    const controller = new AbortController();
    const first = outcome(f(hide(controller.signal)));
    const joined = [f(hide()), f(hide(new AbortController().signal)), f(hide())];
    controller.abort();
    expect(await Promise.all(joined)).toEqual(['value', 'value', 'value']);
    expect(await first).toMatchObject({ error: { name: 'AbortError' } });
    expect(runs).toBe(2);
    expect(heard).toEqual([
      'miss',
      'join',
      'join',
      'join',
      'computeError',
      'retry',
      'miss',
      'store',
    ]);
  });

  test('in a property of `this` does not reach those who joined', async () => {
    class Client {
      constructor(private readonly signal?: AbortSignal) {}
      @cached({ key: '{0}' })
      async load(_: number): Promise<string> {
        return work(this.signal);
      }
    }
    const controller = new AbortController();
    const first = outcome(new Client(controller.signal).load(1));
    const joined = new Client().load(1);
    controller.abort();
    expect(await joined).toBe('value');
    expect(await first).toMatchObject({ error: { name: 'AbortError' } });
  });

  test('with a reason of its own does not reach those who joined, if its signal is seen', async () => {
    const f = memoize(async (job: Job, _signal?: AbortSignal) => work(job.signal), {
      key: () => 'k',
    });
    const controller = new AbortController();
    const { signal } = controller;
    const first = outcome(f(new Job(signal), signal));
    const joined = f(new Job());
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await first).toEqual({ error: reason });
    expect(await joined).toBe('value');
  });

  test('is shared when it comes a second time', async () => {
    let runs = 0;
    const f = memoize(
      async (job: Job) => {
        runs += 1;
        await flush();
        throw new DOMException(`aborted ${runs}`, 'AbortError');
        return job;
      },
      { key: () => 'k' },
    );
    const calls = [f(new Job()), f(new Job()), f(new Job())].map((call) => outcome(call));
    expect(
      (await Promise.all(calls)).map((found) => (found as { error: Error }).error.message),
    ).toEqual(['aborted 1', 'aborted 2', 'aborted 2']);
    expect(runs).toBe(2);
  });

  test('an error of the function itself is shared at once', async () => {
    const { heard, onEvent } = transcript();
    const f = memoize(
      async () => {
        await flush();
        throw new TypeError('own');
      },
      { onEvent },
    );
    const calls = await Promise.all([outcome(f()), outcome(f())]);
    expect(calls[0]).toEqual(calls[1]);
    expect(heard).toEqual(['miss', 'join', 'computeError']);
  });

  test('is not kept for later calls by errorTtl', async () => {
    const f = memoize(async (job: Job) => work(job.signal), { key: () => 'k', errorTtl: '1h' });
    const first = outcome(f(new Job(AbortSignal.abort())));
    const joined = f(new Job());
    expect(await first).toMatchObject({ error: { name: 'AbortError' } });
    expect(await joined).toBe('value');
  });

  test('after the joiners have gone round, the function hears it when all of them have left', async () => {
    const signals: (AbortSignal | undefined)[] = [];
    const f = memoize(
      async (_job: Job, signal?: AbortSignal) => {
        signals.push(signal);
        await flush();
        if (signals.length === 1) throw new DOMException('of the first caller', 'AbortError');
        return new Promise<string>(() => undefined);
      },
      { key: () => 'k' },
    );
    const first = outcome(f(new Job()));
    const controllers = [new AbortController(), new AbortController()];
    const joined = controllers.map(({ signal }) => outcome(f(new Job(), signal)));
    await first;
    await flush();
    expect(signals).toHaveLength(2);
    controllers[0]!.abort('one');
    expect(signals[1]!.aborted).toBe(false);
    controllers[1]!.abort('two');
    expect([signals[1]!.aborted, signals[1]!.reason]).toEqual([true, 'two']);
    expect(await Promise.all(joined)).toEqual([{ error: 'one' }, { error: 'two' }]);
    expect(f.stats()).toMatchObject({ miss: 2, join: 2, retry: 1, abort: 2 });
  });

  test('does not let the joiners go round when they have left before', async () => {
    let runs = 0;
    const f = memoize(
      async (job: Job, _signal?: AbortSignal) => {
        runs += 1;
        return work(job.signal);
      },
      { key: () => 'k' },
    );
    const [hidden, seen] = [new AbortController(), new AbortController()];
    const calls = [outcome(f(new Job(hidden.signal))), outcome(f(new Job(), seen.signal))];
    seen.abort();
    hidden.abort();
    await Promise.all(calls);
    await flush();
    expect(runs).toBe(1);
  });

  test('does not reach those who joined on a shared backend with leases', async () => {
    const cache = createCache({
      backend: connect(new SimulatedStore(), { delay: flush, fate: () => 'arrives' }),
    });
    const gate = deferred<string>();
    let runs = 0;
    const f = cache.memoize(
      async (job: Job) => {
        runs += 1;
        if (runs > 1) return 'value';
        await gate.promise;
        job.signal?.throwIfAborted();
        return 'first';
      },
      { key: () => 'k' },
    );
    const controller = new AbortController();
    const first = outcome(f(new Job(controller.signal)));
    while (runs === 0) await flush();
    const joined = [f(new Job()), f(new Job())];
    await flush();
    controller.abort();
    gate.resolve('');
    expect(await Promise.all(joined)).toEqual(['value', 'value']);
    expect(await first).toMatchObject({ error: { name: 'AbortError' } });
    await cache.idle();
  });

  test('a circle of waits through joiners that go round ends', async () => {
    const gate = deferred<string>();
    let round = 0;
    const a = memoize(
      async (_: Job): Promise<string> => {
        round += 1;
        if (round === 1) {
          await gate.promise;
          throw new DOMException('of the first caller', 'AbortError');
        }
        return `a(${await b(1)})`; // waits for `b`, which waits for `a`
      },
      { key: () => 'a' },
    );
    const b = memoize(async (n: number): Promise<string> => {
      if (n === 1 && !entered) {
        entered = true;
        return `b(${await a(new Job())})`;
      }
      return 'b';
    });
    let entered = false;
    const first = outcome(a(new Job()));
    const joins = a(new Job()); // makes the joiners' promise, outside of `b`
    const second = b(1);
    gate.resolve('');
    expect(await first).toMatchObject({ error: { name: 'AbortError' } });
    expect(await outcome(joins)).toEqual({ value: 'a(b)' });
    expect(await outcome(second)).toEqual({ value: 'b(a(b))' });
  });
});

describe('options with a signal', () => {
  interface Options {
    signal?: AbortSignal;
    retries: number;
    added?: string;
  }

  test('are the caller’s own to write to', async () => {
    const f = memoize(async (options: Options) => {
      await flush();
      options.retries += 1;
      options.added = 'written';
      return options.retries;
    });
    const options: Options = { signal: new AbortController().signal, retries: 1 };
    const { signal } = options;
    expect(await f(options)).toBe(2);
    expect(options).toEqual({ signal, retries: 2, added: 'written' });
    expect(options.signal).toBe(signal);
  });

  test('show the signal of the computation, however they are read, and keep the caller’s', async () => {
    const seen: unknown[] = [];
    const f = memoize(async (options: Options, _n: number) => {
      await flush();
      seen.push(
        ...[options.signal, { ...options }.signal, Object.values(options)[0]],
        ...[
          Object.getOwnPropertyDescriptor(options, 'signal')!.value,
          structuredClone(options.retries),
        ],
      );
      const { signal } = options;
      Object.assign(options, { ...options }); // writes back what it has read
      options.signal = signal!;
      seen.push(options.signal);
      return 1;
    });
    const { signal } = new AbortController();
    const options = { signal, retries: 1 };
    await f(options, 1);
    expect(seen[0]).toBeInstanceOf(AbortSignal);
    expect(seen[0]).not.toBe(signal);
    expect(seen).toEqual([seen[0], seen[0], seen[0], seen[0], 1, seen[0]]);
    expect(options.signal).toBe(signal);
    const other = new AbortController().signal;
    const g = memoize(async (o: Options) => {
      await flush();
      o.signal = other;
      return o.signal === other;
    });
    expect(await g(options)).toBe(true);
    expect(options.signal).toBe(other);
  });

  test.each(['freeze', 'seal', 'preventExtensions'] as const)(
    'may be subject to %s',
    async (change) => {
      const { signal } = new AbortController();
      const seen: (AbortSignal | undefined)[] = [];
      const f = memoize(async (options: Options) => {
        seen.push(options.signal, { ...options }.signal);
        return options.retries;
      });
      expect(await f((Object[change] as <T>(options: T) => T)({ signal, retries: 3 }))).toBe(3);
      expect(seen[0]).toBe(seen[1]);
      expect(seen[0]).not.toBe(signal);
    },
  );
});
