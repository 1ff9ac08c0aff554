import fc from 'fast-check';
import { createCache, lru, memoize, type Entry, type SyncBackend } from '../../../src/index.js';
import { backendContract } from '../../../src/testing/index.js';
import { transcript } from '../../support/transcript.js';

backendContract('lru()', () => lru(), { describe, test });
backendContract("lru({ policy: 's3-fifo' })", () => lru({ policy: 's3-fifo' }), { describe, test });
backendContract("lru({ copy: 'clone' })", () => lru({ copy: 'clone' }), { describe, test });

const entry = (value: unknown): Entry => ({ value, freshUntil: Infinity });

describe('an lru', () => {
  test('keeps max entries and evicts the least recently used', () => {
    const backend = lru({ max: 2 });
    backend.set('a', entry(1));
    backend.set('b', entry(2));
    backend.get('a');
    backend.set('c', entry(3));
    expect(['a', 'b', 'c'].map((key) => backend.get(key)?.value)).toEqual([1, undefined, 3]);
  });

  test('behaves like a list in order of use under random operations', () => {
    const keys = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const step = fc.oneof(
      fc.record({ kind: fc.constant('set' as const), key: keys, value: fc.nat(9) }),
      fc.record({ kind: fc.constantFrom('get' as const, 'delete' as const), key: keys }),
      fc.record({ kind: fc.constant('clear' as const), key: fc.constantFrom('', 'a') }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const backend = lru({ max: 3 });
        let model: [string, number][] = [];
        const without = (key: string): [string, number][] => model.filter(([each]) => each !== key);
        for (const each of steps) {
          if (each.kind === 'set') {
            backend.set(each.key, entry(each.value));
            model = [...without(each.key), [each.key, each.value] as [string, number]].slice(-3);
          } else if (each.kind === 'delete') {
            backend.delete(each.key);
            model = without(each.key);
          } else if (each.kind === 'clear') {
            backend.clear?.(each.key);
            model = model.filter(([key]) => !key.startsWith(each.key));
          } else {
            const found = model.find(([key]) => key === each.key);
            expect(backend.get(each.key)?.value).toBe(found?.[1]);
            if (found) model = [...without(each.key), found];
          }
        }
        for (const [key, value] of model) expect(backend.get(key)?.value).toBe(value);
      }),
      { numRuns: 500 },
    );
  });

  test('is empty after close, and stays empty', () => {
    const backend = lru();
    backend.set('a', entry(1));
    void backend.close?.();
    backend.set('a', entry(2));
    expect(backend.get('a')).toBeUndefined();
  });
});

describe('an lru with S3-FIFO', () => {
  const open = (max: number) => {
    const backend = lru({ max, policy: 's3-fifo' });
    const kept = (keys: readonly string[]) => keys.filter((key) => backend.get(key) !== undefined);
    const add = (...keys: string[]) => {
      for (const key of keys) if (backend.get(key) === undefined) backend.set(key, entry(key));
    };
    return { backend, kept, add };
  };
  const names = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, n) => `${prefix}${n}`);

  test('keeps max entries and consistent queues under random operations', () => {
    const key = fc.nat(60).map(String);
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ kind: fc.constant('ask' as const), key }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('set' as const), key }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), key }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const), key }) },
    );
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 300 }),
        fc.integer({ min: 1, max: 20 }),
        (steps, max) => {
          const { backend, add } = open(max);
          const written = new Map<string, number>();
          steps.forEach(({ kind, key: at }, n) => {
            if (kind === 'ask') {
              const found = backend.get(at);
              if (found !== undefined) expect(found.value).toBe(written.get(at));
            }
            if (kind === 'delete') backend.delete(at);
            if (kind === 'clear') backend.clear?.(at);
            if (kind === 'delete' || kind === 'clear') expect(backend.get(at)).toBeUndefined();
            if (kind === 'set') {
              backend.set(at, entry(n));
              written.set(at, n);
              expect(backend.get(at)?.value).toBe(n);
            }
          });
          add(...names('more', 3 * max));
          const all = [...written.keys(), ...names('more', 3 * max)];
          expect(all.filter((each) => backend.get(each) !== undefined)).toHaveLength(max);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('is not flushed by keys that are used once', () => {
    const { add, kept } = open(100);
    const popular = names('p', 50);
    for (let round = 0; round < 4; round += 1) add(...popular);
    add(...names('once', 10_000));
    expect(kept(popular)).toEqual(popular);
  });

  test('drops its history of keys when it is emptied', () => {
    const { backend, add, kept } = open(100);
    add(...names('other', 100), 'back', ...names('some', 130));
    backend.clear?.('');
    add('back', ...names('once', 1_000)); // as a new key, so on probation
    expect(kept(['back'])).toEqual([]);
  });

  test.each([1, 2])('a key with %i hits stays in the cache only after two', (hits) => {
    const backend = lru({ max: 100, policy: 's3-fifo' });
    let computed = 0;
    const f = memoize((_: string) => (computed += 1), { backend });
    for (let call = 0; call <= hits; call += 1) f('asked');
    for (const name of names('once', 1_000)) f(name);
    const before = computed;
    f('asked');
    expect(computed - before).toBe(hits === 2 ? 0 : 1);
  });

  test('a key that returns soon after its eviction skips probation', () => {
    const { add, kept } = open(100);
    add(...names('other', 100), 'back', ...names('some', 130)); // by then it is evicted
    expect(kept(['back'])).toEqual([]);
    add('back', ...names('once', 10_000));
    expect(kept(['back'])).toEqual(['back']);
  });

  test('an overwritten entry stays in its queue', () => {
    const { backend, add, kept } = open(100);
    const popular = names('p', 50);
    for (let round = 0; round < 4; round += 1) add(...popular);
    add(...names('once', 1_000));
    for (const key of popular) backend.set(key, entry('new'));
    add(...names('more', 1_000));
    expect(kept(popular)).toEqual(popular);
  });

  test('hits more often than an lru when few keys make most of the calls', () => {
    const ratio = (policy: 'lru' | 's3-fifo'): number => {
      const f = memoize((n: number) => n, { backend: lru({ max: 100, policy }) });
      for (const key of zipfian(10_000, 100_000)) f(key);
      return f.stats().hit / 100_000;
    };
    expect(ratio('s3-fifo') - ratio('lru')).toBeGreaterThan(0.08);
  });
});

/** Draws of keys in which the n-th key has a frequency proportional to n ** -0.9. */
function zipfian(keys: number, draws: number): number[] {
  const sums: number[] = [];
  for (let n = 1; n <= keys; n += 1) sums.push((sums.at(-1) ?? 0) + n ** -0.9);
  let seed = 1;
  return Array.from({ length: draws }, () => {
    seed = (seed * 48_271) % 2_147_483_647; // the minimal standard generator of Park and Miller
    const drawn = (seed / 2_147_483_647) * sums.at(-1)!;
    let [low, high] = [0, keys - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! < drawn) low = middle + 1;
      else high = middle;
    }
    return low;
  });
}

describe('copy', () => {
  const on = (backend: SyncBackend) => createCache({ backend }).memoize;

  test("'none' returns the same object that was computed", () => {
    const f = on(lru())(() => ({ list: [1] }));
    expect(f()).toBe(f());
  });

  test("'clone' returns a separate copy to each caller", () => {
    const f = on(lru({ copy: 'clone' }))(() => ({ list: [1], when: new Date(5) }));
    const first = f();
    first.list.push(2);
    const second = f();
    second.list.push(3);
    second.when.setTime(0);
    expect(f()).toEqual({ list: [1], when: new Date(5) });
  });

  test("'clone' keeps the types within a value", () => {
    const value = {
      map: new Map<unknown, unknown>([[{ a: 1 }, new Set([1n])]]),
      bytes: new Uint8Array([1, 2]),
      buffer: Buffer.from('b'),
      url: new URL('http://a/b'),
      pattern: /a/gi,
      sparse: [1, , 3],
      bare: Object.assign(Object.create(null) as object, { a: 1 }),
      circle: undefined as unknown,
    };
    value.circle = value;
    const f = on(lru({ copy: 'clone' }))(() => value);
    f();
    const copy = f();
    expect(copy).toEqual(value);
    expect(copy).not.toBe(value);
    expect(copy.circle).toBe(copy);
    expect(Buffer.isBuffer(copy.buffer)).toBe(true);
    expect(1 in copy.sparse).toBe(false);
    expect(Object.getPrototypeOf(copy.bare)).toBeNull();
  });

  test("'clone' does not store a value it would change: a class instance, a function", () => {
    class Money {
      constructor(readonly cents: number) {}
    }
    for (const value of [new Money(5), { pay: () => 5 }, Promise, new Error('x')]) {
      const { heard, onEvent } = transcript();
      const f = memoize(() => value, { backend: lru({ copy: 'clone' }), onEvent });
      expect([f(), f()]).toEqual([value, value]);
      expect(heard).toEqual(['miss', 'error:set', 'miss', 'error:set']);
    }
  });

  test("'freeze' freezes the value deeply, and does not store a value that cannot be frozen", () => {
    const { heard, onEvent } = transcript();
    const f = memoize((deep: unknown) => ({ list: [{ deep }] }), {
      backend: lru({ copy: 'freeze' }),
      onEvent,
    });
    const value = f(1);
    expect(() => value.list.push({ deep: 2 })).toThrow(TypeError);
    expect(Object.isFrozen(value.list[0])).toBe(true);
    const loose = f(new Date(5));
    expect(Object.isFrozen(loose)).toBe(false);
    expect(heard).toEqual(['miss', 'store', 'miss', 'error:set']);
  });
});
