import fc from 'fast-check';
import {
  cached,
  cacheKey,
  createCache,
  lru,
  memoize,
  type CacheEvent,
  type SyncBackend,
} from '../../src/index.js';
import { deferred } from '../support/transcript.js';
import { heapInUse } from '../support/heap.js';

const VALUES = [0, -0, 1, NaN, 1.5, '0', '1', '', 'a', true, false, null, undefined, 1n, 0n];
const argument = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...VALUES) },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom<() => unknown>(
        () => ({}),
        () => [],
        () => [1],
        () => ({ a: 1 }),
        () => ({ a: 1, b: [0, { c: null }] }),
        () => ({ b: [0, { c: null }], a: 1 }),
        () => new Date(5),
        () => new Map([[1, 2]]),
      )
      .map((make) => make()),
  },
);
const action = fc.record({
  kind: fc.oneof(
    { weight: 12, arbitrary: fc.constant('call' as const) },
    { weight: 1, arbitrary: fc.constantFrom('invalidate', 'refresh', 'prime', 'clear') },
  ),
  args: fc.array(argument, { maxLength: 4 }),
});
interface Action {
  readonly kind: 'call' | 'invalidate' | 'refresh' | 'prime' | 'clear';
  readonly args: unknown[];
}

/** Two functions that answer how often they have computed: calls of one go by its remembered entries. */
function pair(max = 1_000) {
  const counter = () => {
    let computed = 0;
    return (..._: unknown[]) => (computed += 1);
  };
  const remembering = memoize(counter(), { name: 'f', backend: lru({ max }) });
  const key = (...args: unknown[]): unknown[] => {
    while (args.length > 0 && args.at(-1) === undefined) args.pop();
    return args;
  };
  const looking = memoize(counter(), { name: 'f', key, backend: lru({ max }) });
  return [remembering, looking] as const;
}

function expectTheSame(both: ReturnType<typeof pair>, { kind, args }: Action): void {
  const [one, two] = both.map((f) => {
    if (kind === 'call') return f(...args);
    if (kind === 'prime') return f.prime(args, 1_000);
    return kind === 'clear' ? f.clear() : f[kind](...args);
  });
  expect(one).toEqual(two);
}

test('a call finds by its arguments what it would find under its key', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
      const both = pair();
      for (const each of actions) expectTheSame(both, each);
      expect(both[0].stats()).toEqual(both[1].stats());
    }),
  );
});

describe('primitives that are hard to tell apart are', () => {
  const far = fc.constantFrom(1, 2 ** 4, 2 ** 11, 2 ** 15, 2 ** 20, 2 ** 27, 2 ** 31, 2 ** 32, 0.5);
  const some = fc.integer({ min: -30, max: 30 });
  const numbers = fc.tuple(some, far).map(([n, by]) => n * by);
  const begin = fc.integer({ min: 0, max: 40 });
  const texts = begin.map((n) => `${n} has an end that is always the same`.padStart(44));

  test.each<[string, fc.Arbitrary<unknown>]>([
    ['numbers far from one another', numbers],
    ['texts with an end in common', texts],
    ['both', fc.oneof(numbers, texts)],
  ])('%s', (_, arbitrary) => {
    const acted = action.chain(({ kind }) =>
      arbitrary.map((argument): Action => ({ kind, args: [argument] })),
    );
    fc.assert(
      fc.property(
        fc.array(acted, { size: 'max', maxLength: 400 }),
        fc.integer({ min: 1, max: 60 }),
        (actions, max) => {
          const both = pair(max);
          for (const each of actions) expectTheSame(both, each);
          expect(both[0].stats()).toEqual(both[1].stats());
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('asynchronous calls find by their arguments what they would find under their keys', () => {
  const args = fc.oneof(
    fc.integer({ min: 0, max: 2 }).map((n) => [n]),
    fc.integer({ min: 0, max: 2 }).map((n) => [{ n }, 'a']),
  );
  const act = fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('call' as const), args }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('resolve', 'reject'), args }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('refresh', 'invalidate'), args }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('prime', 'turn'), args }) },
  );

  /** Does it all to one function, and answers what came of each call, and how often it computed. */
  async function play(
    actions: readonly { kind: string; args: unknown[] }[],
    options: { readonly key?: (...args: unknown[]) => unknown[] },
  ): Promise<unknown> {
    const gates: ReturnType<typeof deferred<number>>[] = [];
    const open: ReturnType<typeof deferred<number>>[] = [];
    let ended = false;
    const compute = async (..._: unknown[]): Promise<number> => {
      const gate = deferred<number>();
      gates.push(gate);
      open.push(gate);
      if (ended) gate.resolve(-1); // who joined a prime that was invalidated computes only now
      return gate.promise;
    };
    const f = memoize(compute, { ...options, name: 'f', staleWhileRevalidate: '1m' });
    const said: Promise<unknown>[] = [];
    const hear = (answer: unknown): void => {
      said.push(Promise.resolve(answer).catch((error: unknown) => `${error}`));
    };
    for (const { kind, args: given } of actions) {
      if (kind === 'call') hear(f(...given));
      else if (kind === 'refresh') hear(f.refresh(...given));
      else if (kind === 'invalidate') hear(f.invalidate(...given));
      else if (kind === 'prime') hear(f.prime(given, Promise.resolve(1_000)));
      else if (kind === 'turn') await new Promise(setImmediate);
      else if (kind === 'resolve') open.shift()?.resolve(gates.length);
      else open.shift()?.reject(new Error(`number ${gates.length}`));
      if (kind === 'resolve' || kind === 'reject') await new Promise(setImmediate);
    }
    ended = true;
    for (const gate of open) gate.resolve(-1);
    return [await Promise.all(said), gates.length, f.stats()];
  }

  test('whatever comes between', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 40 }), async (actions) => {
        const key = (...all: unknown[]): unknown[] => all;
        expect(await play(actions, {})).toEqual(await play(actions, { key }));
      }),
      { numRuns: 500 },
    );
  });
});

test('hits are counted one by one, whether they are close together or not', async () => {
  const cache = createCache();
  const same = () => cache.memoize((n: number) => n, { ttl: '1h' });
  const [f, g] = [same(), same()];
  let called = 0;
  for (const hits of [1, 5, 40, 300, 2_000, 1, 0, 7]) {
    for (let n = 0; n < hits; n += 1) if (f(1) + g(2) !== 3) throw new Error('a wrong value');
    called += hits;
    expect([f.stats().hit, g.stats().hit]).toEqual([called - 1, called - 1]);
    expect(cache.stats()).toMatchObject({ hit: 2 * called - 2, miss: 2 });
    if (hits !== 300) await new Promise(setImmediate);
  }
});

test('a hit that is refreshed behind counts as one', async () => {
  const f = memoize(async (n: number) => n, { ttl: '1h', earlyRefresh: 1 });
  for (let n = 0; n < 5; n += 1) await f(1);
  const told: string[] = [];
  const g = memoize((n: number) => n, {
    ...{ ttl: '1m', earlyRefresh: 1e9 }, // always early
    onEvent: ({ type }) => void told.push(type),
  });
  for (let n = 0; n < 5; n += 1) {
    const until = performance.now() + 1;
    while (performance.now() < until); // so that it costs something
    g(1);
  }
  expect(f.stats()).toMatchObject({ miss: 1, hit: 4 });
  expect(g.stats().hit).toBe(told.filter((type) => type === 'hit').length);
});

test('a computation that takes the place of another is joined, however often', async () => {
  let depth = 0;
  const f = memoize(async (n: number) => n, {
    onEvent: ({ type }) => {
      if (type !== 'miss' || (depth += 1) > 1) return;
      for (let n = 0; n < 3; n += 1) void f(1);
    },
  });
  void f(1);
  for (let n = 0; n < 5; n += 1) void f(1);
  await f(1);
  expect(f.stats()).toMatchObject({ miss: 2, recursion: 0 });
});

test('callers during a refresh share it, though the old value is remembered', async () => {
  const refreshed = deferred<string>();
  let computed = 0;
  const f = memoize((_: number) =>
    (computed += 1) === 1 ? Promise.resolve('old') : refreshed.promise,
  );
  for (let n = 0; n < 3; n += 1) expect(await f(1)).toBe('old');
  const all = [f.refresh(1), f(1), f(1)];
  refreshed.resolve('new');
  expect(await Promise.all(all)).toEqual(['new', 'new', 'new']);
  expect([await f(1), computed]).toEqual(['new', 2]);
});

describe('what looks like an argument that is remembered, and is another', () => {
  const symbol = Symbol('hidden');
  const hidden = (object: object, name: PropertyKey, value: unknown) =>
    Object.defineProperty(object, name, { value });
  class Point {
    constructor(
      readonly x = 1,
      readonly y = 2,
    ) {}
  }
  const point = () => ({ x: 1, y: 2 });
  const argumentsOf = (function (..._: number[]) {
    // eslint-disable-next-line prefer-rest-params -- it is about such an object
    return arguments;
  })(1, 2);

  test.each<[string, unknown, unknown]>([
    ['a property under a symbol', point(), { ...point(), [symbol]: 3 }],
    ['one in the depth', { at: [point()] }, { at: [{ ...point(), [symbol]: 3 }] }],
    ['a toJSON that is not enumerable', point(), hidden(point(), 'toJSON', () => 5)],
    ['a toJSON', { ...point(), toJSON: 1 }, { ...point(), toJSON: () => 1 }],
    ['an identity', point(), hidden(point(), cacheKey, () => 5)],
    ['a tag', point(), hidden(point(), Symbol.toStringTag, 'Point')],
    ['an instance of a class', point(), new Point()],
    ['no prototype', point(), Object.assign(Object.create(null), point())],
    ['a prototype with properties', point(), Object.create(point())],
    ['one more that is undefined', point(), { ...point(), z: undefined }],
    ['a hole', [1, undefined], [1, ,]],
    ['a hole that a name makes up for', [1, undefined], Object.assign([1, ,], { a: 1 })],
    ['a name on an array', [1, 2], Object.assign([1, 2], { a: 1 })],
    ['a symbol on an array', [1, 2], Object.assign([1, 2], { [symbol]: 1 })],
    ['an array of a class of its own', [1, 2], Object.setPrototypeOf([1, 2], Point.prototype)],
    ['an object with the names of an array', [1, 2], { 0: 1, 1: 2 }],
    ['the arguments of a call', { 0: 1, 1: 2 }, argumentsOf],
    ['other brackets', [[1], 2], [[1, 2]]],
    ['other braces', { a: { b: 1 }, c: 2 }, { a: { b: 1, c: 2 } }],
    ['an empty one inside', [[], []], [[[]]]],
    ['minus zero', { n: 0 }, { n: -0 }],
    ['a bigint', { n: 1 }, { n: 1n }],
    ['a text of a bigint', { n: '1' }, { n: 1n }],
    ['a text', { n: 1 }, { n: '1' }],
    ['null', { n: null }, { n: undefined }],
    ['a boolean', { n: true }, { n: 'true' }],
    ['the inner of a long text', { n: 'abcdef' }, { n: 'abcxef' }],
    ['a Date without its class', {}, Object.setPrototypeOf(new Date(5), Object.prototype)],
    ['a boxed number', { n: 1 }, { n: Object(1) }],
  ])('%s', (_, one, other) => {
    for (const [first, second] of [
      [one, other],
      [other, one],
    ]) {
      let computed = 0;
      const f = memoize((...__: unknown[]) => (computed += 1));
      const call = (argument: unknown): unknown => {
        try {
          return [f(argument), f(argument, 1), f(1, argument)];
        } catch (error) {
          return (error as Error).message;
        }
      };
      const before = call(first);
      expect(call(first)).toEqual(before);
      expect(call(second)).not.toEqual(before);
      expect(call(first)).toEqual(before);
    }
  });
});

test('arguments are told apart by what they are when the call begins', () => {
  const f = memoize((list: number[]) => {
    list.push(list.length);
    return list.length;
  });
  expect([f([1]), f([1]), f([1, 1]), f([1, 1])]).toEqual([2, 2, 3, 3]);
});

test('an argument that calls the function when it is read gets what the function answers', () => {
  const f = memoize((value: { readonly n: number }) => value.n + 1);
  const asking = () => ({
    get n(): number {
      return f({ n: 1 });
    },
  });
  for (let round = 0; round < 3; round += 1) expect([f(asking()), f({ n: 1 })]).toEqual([3, 2]);
});

test('of texts that differ only inside, each has its value', () => {
  const f = memoize((one: string, other: { readonly text: string }) => one + other.text);
  for (let round = 0; round < 3; round += 1)
    for (let n = 0; n < 500; n += 1) {
      const text = `begin-${n}-end`;
      expect(f(text, { text })).toBe(text + text);
    }
  expect(f.stats().miss).toBe(500);
});

test('large arguments are answered right, as long as they may have a key', () => {
  const f = memoize((list: readonly unknown[]) => list.length);
  for (const length of [1_000, 5_000, 9_000]) {
    const list = (): number[] => Array<number>(length).fill(7);
    for (let round = 0; round < 3; round += 1) expect(f(list())).toBe(length);
  }
  expect(f.stats()).toMatchObject({ miss: 3, hit: 6 });
});

test('the signal of a call is no part of what it is remembered by', () => {
  const f = memoize((n: number, _: { readonly signal?: AbortSignal; readonly deep: boolean }) => n);
  const signal = (): AbortSignal => new AbortController().signal;
  for (let round = 0; round < 3; round += 1)
    expect([f(1, { deep: true }), f(1, { deep: true, signal: signal() })]).toEqual([1, 1]);
  expect(f.stats()).toMatchObject({ miss: 1, hit: 5 });
});

test('arguments that a template writes alike share one entry', () => {
  let computed = 0;
  const f = memoize((_: unknown) => (computed += 1), { key: 'n:{0}' });
  for (let round = 0; round < 3; round += 1) expect([f(1), f('1'), f(1n)]).toEqual([1, 1, 1]);
  f.invalidate('1');
  for (let round = 0; round < 3; round += 1) expect([f(1), f('1'), f(1n)]).toEqual([2, 2, 2]);
});

test('each object that a method is called on has entries of its own', () => {
  class Counter {
    private computed = 0;
    constructor(private readonly step: number) {}
    @cached()
    next(_: string): number {
      return (this.computed += this.step);
    }
  }
  const [one, ten] = [new Counter(1), new Counter(10)];
  for (let round = 0; round < 3; round += 1) {
    expect([one.next('a'), ten.next('a'), one.next('b')]).toEqual([1, 10, 2]);
  }
});

test('what depends on the object by its key does so for every object', () => {
  class Tenant {
    constructor(readonly name: string) {}
    @cached({ key: '{this.name}:{0}' })
    find(id: number): string {
      return `${this.name} ${id}`;
    }
  }
  const [a, b] = [new Tenant('a'), new Tenant('b')];
  for (let round = 0; round < 3; round += 1) expect([a.find(1), b.find(1)]).toEqual(['a 1', 'b 1']);
});

test('what is used stays, and what is not is evicted', () => {
  let computed = 0;
  const cache = createCache({ backend: lru({ max: 10 }) });
  const f = cache.memoize((_: number) => (computed += 1));
  f(0);
  for (let n = 1; n < 1_000; n += 1) {
    f(n);
    expect(f(0)).toBe(1);
  }
  f(1);
  expect(computed).toBe(1_001);
});

test('a backend made of an lru is asked for each call', () => {
  const inner = lru();
  let epoch = 0;
  const asked: string[] = [];
  const backend: SyncBackend = {
    ...inner,
    get: (key) => {
      asked.push(key);
      return inner.get(`${epoch}:${key}`);
    },
    set: (key, entry) => inner.set(`${epoch}:${key}`, entry),
    delete: () => {
      throw new Error('down');
    },
  };
  let computed = 0;
  const f = memoize((_: unknown) => (computed += 1), { backend });
  expect([f(1), f(1), f({ a: 1 }), f({ a: 1 })]).toEqual([1, 1, 2, 2]);
  expect(asked).toHaveLength(4);
  epoch += 1;
  expect([f(1), f({ a: 1 })]).toEqual([3, 4]);
  expect([f.invalidate(1), f(1)]).toEqual([false, 5]);
});

test('what is evicted or invalidated is not remembered either', async () => {
  const f = createCache({ backend: lru({ max: 10 }) }).memoize((n: number, _: string) => {
    return Buffer.alloc(10_000, n);
  });
  const fill = (from: number): void => {
    for (let n = from; n < from + 2_000; n += 1) {
      f(n, 'a');
      f(n, 'a');
      if (n % 2 === 0) f.invalidate(n, 'a');
    }
  };
  fill(0);
  const before = await heapInUse();
  fill(2_000);
  expect((await heapInUse()) - before).toBeLessThan(1_000_000);
});

test('who is told of a hit may invalidate it, and the call has its value all the same', async () => {
  const onEvent = ({ type }: CacheEvent): void => {
    if (type !== 'hit') return;
    sync.invalidate(1);
    void async.invalidate(1);
  };
  const sync = memoize((n: number) => n * 2, { onEvent });
  const async = memoize(async (n: number) => n * 2, { onEvent });
  for (let round = 0; round < 6; round += 1) expect([sync(1), await async(1)]).toEqual([2, 2]);
});

test('a copy for each hit stays one', () => {
  const f = createCache({ backend: lru({ copy: 'clone' }) }).memoize((n: number) => ({ n }));
  expect(f(1)).not.toBe(f(1));
  expect(f(1)).toEqual(f(1));
});

describe.each([0, 1, 2, 3])('a function that declares %d parameters', (parameters) => {
  const declared = <F extends (...args: never) => unknown>(fn: F): F =>
    Object.defineProperty(fn, 'length', { value: parameters });
  test.each<[string, object]>([
    ['without a listener', {}],
    ['with a listener', { onEvent: () => undefined }],
  ])('tells all primitives apart at every place, %s', (_, options) => {
    const f = memoize(
      declared((...args: unknown[]) => args.map((arg) => [typeof arg, Object.is(arg, -0), arg])),
      options,
    );
    const values = VALUES.filter((value) => value !== undefined); // at the end it counts as absent
    const lists = values.flatMap((one) => [
      [one],
      ...values.flatMap((two) => [
        [one, two],
        [one, two, -0],
      ]),
    ]);
    for (let round = 0; round < 3; round += 1) {
      for (const args of lists) {
        expect(f(...args)).toEqual(args.map((arg) => [typeof arg, Object.is(arg, -0), arg]));
      }
    }
  });

  test('tells -0 from 0 for each object that it is called on', () => {
    const f = memoize(
      declared(function (this: { sign: number }, a: number, b: number) {
        return this.sign * Math.atan2(a, b);
      }),
    );
    const [plus, minus] = [
      { f, sign: 1 },
      { f, sign: -1 },
    ];
    for (let round = 0; round < 3; round += 1) {
      for (const object of [plus, minus]) {
        for (const [a, b] of [
          [0, -1],
          [-0, -1],
          [0, 1],
          [0, -0],
          [-0, -0],
        ] as const) {
          expect(object.f(a, b)).toBe(object.sign * Math.atan2(a, b));
        }
      }
    }
  });
});
