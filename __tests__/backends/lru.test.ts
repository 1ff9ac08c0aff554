import fc from 'fast-check';
import { createCache, lru, memoize, type Entry, type SyncBackend } from '../../src/index.js';
import { backendContract } from '../../src/testing/index.js';
import { transcript } from '../support/transcript.js';

backendContract('lru()', () => lru(), { describe, test });
backendContract("lru({ copy: 'clone' })", () => lru({ copy: 'clone' }), { describe, test });

const entry = (value: unknown): Entry => ({ value, freshUntil: Infinity });

describe('an lru', () => {
  test('keeps as many entries as it may, and drops the least recently used', () => {
    const backend = lru({ max: 2 });
    backend.set('a', entry(1));
    backend.set('b', entry(2));
    backend.get('a');
    backend.set('c', entry(3));
    expect(['a', 'b', 'c'].map((key) => backend.get(key)?.value)).toEqual([1, undefined, 3]);
  });

  test('behaves as a list in order of use, whatever is done to it', () => {
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

  test('is empty after it was closed, and stays so', () => {
    const backend = lru();
    backend.set('a', entry(1));
    void backend.close?.();
    backend.set('a', entry(2));
    expect(backend.get('a')).toBeUndefined();
  });
});

describe('copy', () => {
  const on = (backend: SyncBackend) => createCache({ backend }).memoize;

  test("'none' hands out the very value that was computed", () => {
    const f = on(lru())(() => ({ list: [1] }));
    expect(f()).toBe(f());
  });

  test("'clone' hands out a copy of its own to each caller", () => {
    const f = on(lru({ copy: 'clone' }))(() => ({ list: [1], when: new Date(5) }));
    const first = f();
    first.list.push(2);
    const second = f();
    second.list.push(3);
    second.when.setTime(0);
    expect(f()).toEqual({ list: [1], when: new Date(5) });
  });

  test("'clone' keeps what a value is made of", () => {
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

  test("'clone' does not store what it would change: an instance of a class, a function", () => {
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

  test("'freeze' freezes the value, deeply, and does not store what cannot be frozen", () => {
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
