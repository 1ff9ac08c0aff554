import fc from 'fast-check';
import { cached, createCache, lru, memoize } from '../src/index.js';
import { heapInUse } from './support/heap.js';

const VALUES = [0, -0, 1, NaN, 1.5, '0', '1', '', 'a', true, false, null, undefined, 1n, 0n];
const argument = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...VALUES) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>({}, [], [1], { a: 1 }) },
);
const action = fc.record({
  kind: fc.oneof(
    { weight: 12, arbitrary: fc.constant('call' as const) },
    { weight: 1, arbitrary: fc.constantFrom('invalidate', 'refresh', 'prime', 'clear') },
  ),
  args: fc.array(argument, { maxLength: 4 }),
});

/** Two functions that answer how often they have computed: calls of one go by its remembered entries. */
function pair() {
  const counter = () => {
    let computed = 0;
    return (..._: unknown[]) => (computed += 1);
  };
  const remembering = memoize(counter(), { name: 'f' });
  const key = (...args: unknown[]): unknown[] => {
    while (args.length > 0 && args.at(-1) === undefined) args.pop();
    return args;
  };
  const looking = memoize(counter(), { name: 'f', key });
  return [remembering, looking] as const;
}

test('a call finds by its arguments what it would find under its key', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
      const both = pair();
      for (const { kind, args } of actions) {
        const [one, two] = both.map((f) => {
          if (kind === 'call') return f(...args);
          if (kind === 'prime') return f.prime(args, 1_000);
          return kind === 'clear' ? f.clear() : f[kind](...args);
        });
        expect(one).toEqual(two);
      }
      expect(both[0].stats()).toEqual(both[1].stats());
    }),
  );
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

test('a copy for each hit stays one', () => {
  const f = createCache({ backend: lru({ copy: 'clone' }) }).memoize((n: number) => ({ n }));
  expect(f(1)).not.toBe(f(1));
  expect(f(1)).toEqual(f(1));
});
