import { keyspaceOf, nextPrefix } from '../../src/backends/backend-state.js';
import { createCache, lru, memoize, type Backend } from '../../src/index.js';
import { remoteBackend } from '../support/remote-backend.js';

describe('what the process knows of a backend', () => {
  test('is one object for one backend', () => {
    const backend = lru();
    expect(keyspaceOf(backend)).toBe(keyspaceOf(backend));
    expect(nextPrefix()).toBeLessThan(nextPrefix());
  });

  test.each<[string, (backend: Backend) => Backend]>([
    ['a copy', (backend) => ({ ...backend })],
    ['a proxy', (backend) => new Proxy(backend, {})],
    ['an object that inherits from it', (backend) => Object.create(backend) as Backend],
  ])('%s of a backend has its own', (_, derive) => {
    const backend = lru();
    const known = keyspaceOf(backend);
    const derived = derive(backend);
    expect(keyspaceOf(derived)).not.toBe(known);
    expect(keyspaceOf(derived)).toBe(keyspaceOf(derived));
    expect(keyspaceOf(backend)).toBe(known);
  });

  test('a frozen backend has one too', () => {
    const backend = Object.freeze(lru());
    expect(keyspaceOf(backend)).toBe(keyspaceOf(backend));
    const double = memoize((n: number) => 2 * n, { backend });
    expect([double(2), double(2), double.stats().hit]).toEqual([4, 4, 1]);
  });

  test('a second copy of the package finds the names that the first has taken', async () => {
    const backend = remoteBackend();
    memoize(async (n: number) => n, { name: 'f', backend });
    let copy!: typeof createCache;
    jest.isolateModules(() => {
      copy = jest.requireActual<{ createCache: typeof createCache }>(
        '../../src/index.js',
      ).createCache;
    });
    expect(copy).not.toBe(createCache);
    const cache = copy({ backend });
    expect(() => cache.memoize(async (n: number) => -n, { name: 'f' })).toThrow(/called "f"/);
  });

  test('two copies of the package keep their functions apart on one lru', () => {
    const backend = lru();
    let copy!: typeof memoize;
    jest.isolateModules(() => {
      copy = jest.requireActual<{ memoize: typeof memoize }>('../../src/index.js').memoize;
    });
    const ours = memoize((n: number) => `ours ${n}`, { backend });
    const theirs = copy((n: number) => `theirs ${n}`, { backend });
    expect([ours(1), theirs(1), ours(1), theirs(1)]).toEqual([
      'ours 1',
      'theirs 1',
      'ours 1',
      'theirs 1',
    ]);
  });

  test.each<[string, (backend: Backend) => Backend]>([
    ['a copy of its backend', (backend) => ({ ...backend })],
    ['a proxy of its backend', (backend) => new Proxy(backend, {})],
    [
      'a proxy that takes no property',
      (backend) => new Proxy(backend, { defineProperty: () => false }),
    ],
    [
      'a proxy that shows no property',
      (backend) =>
        new Proxy(backend, {
          getOwnPropertyDescriptor: () => {
            throw new Error('hidden');
          },
        }),
    ],
  ])('two functions keep apart on one store, one of them on %s', (_, view) => {
    const backend = lru();
    const one = memoize((n: number) => `one ${n}`, { backend });
    const two = memoize((n: number) => `two ${n}`, { backend: view(backend) });
    expect([one(1), two(1), one(1), two(1)]).toEqual(['one 1', 'two 1', 'one 1', 'two 1']);
  });
});
