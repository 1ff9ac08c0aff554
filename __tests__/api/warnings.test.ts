import {
  cached,
  createCache,
  memoize,
  type AsyncBackend,
  type Backend,
  type MemoizeOptions,
} from '../../src/index.js';
import { memcached } from '../../src/memcached.js';
import { lru, tiered } from '../../src/index.js';
import { remoteBackend } from '../support/remote-backend.js';
import { runScript } from '../support/script.js';

let warned: string[];
beforeEach(() => {
  warned = [];
  jest.spyOn(process, 'emitWarning').mockImplementation((...args: unknown[]) => {
    const [message, { code }] = args as [string, { code: string }];
    warned.push(`${code} ${message}`);
  });
});

let last = 0;
/** Every name is new, since a name is warned of once in a process. */
const fresh = (): string => `warned${(last += 1)}`;
const failing = (): never => {
  throw new Error('refused');
};
const broken = (members: Partial<Backend> = {}): AsyncBackend => ({
  ...remoteBackend(),
  get: () => Promise.reject(new Error('refused')),
  ...(members as Partial<AsyncBackend>),
});
const SAID_ONCE =
  'Said once for this name; `onEvent` hears of every fault, and `warnings: false` ends the warnings';

describe('a fault that nobody hears is said once for each name and step', () => {
  test('a backend that cannot be reached', async () => {
    const name = fresh();
    const f = memoize(async (n: number) => n, { name, backend: broken() });
    expect([await f(1), await f(1), await f(2)]).toEqual([1, 1, 2]);
    expect(warned).toEqual([
      `MEMOASIDE_BACKEND ${name}: the backend failed (get), and calls do without it: refused. ${SAID_ONCE}`,
    ]);
  });

  test('a memcached server that cannot be reached', async () => {
    const name = fresh();
    const cache = createCache({ backend: memcached('127.0.0.1:1', { timeout: 100 }) });
    const f = cache.memoize(async (n: number) => n, { name });
    expect(await f(1)).toBe(1);
    await cache.close();
    expect(warned).toHaveLength(1);
    expect(warned[0]).toContain(`MEMOASIDE_BACKEND ${name}: the backend failed (get)`);
  });

  test('a value that cannot be stored', async () => {
    const name = fresh();
    const f = memoize(() => new (class User {})(), { name, backend: lru({ copy: 'clone' }) });
    f();
    f();
    expect(warned).toHaveLength(1);
    expect(warned[0]).toMatch(`MEMOASIDE_NOT_STORED ${name}: a value is not stored, so calls`);
  });

  test.each<[string, MemoizeOptions<unknown, [], number>]>([
    ['ttl', { ttl: failing }],
    ['shouldCache', { shouldCache: failing }],
  ])('a callback %s that failed', (step, options) => {
    const name = fresh();
    const f = memoize((): number => 1, { ...options, name });
    expect([f(), f()]).toEqual([1, 1]);
    expect(warned).toEqual([
      `MEMOASIDE_CALLBACK ${name}: the callback \`${step}\` failed: refused. ${SAID_ONCE}`,
    ]);
  });

  test('what was thrown need not be an error', () => {
    const f = memoize(() => 1, {
      name: fresh(),
      ttl: () => {
        throw undefined;
      },
    });
    expect(f()).toBe(1);
    expect(warned[0]).toContain('failed: undefined. ');
  });

  test('each step of a name, and the same name in two functions only once', () => {
    const name = fresh();
    for (let n = 0; n < 3; n += 1) {
      memoize(() => 1, { name, ttl: failing })();
      memoize(() => 1, { name, shouldCache: failing })();
    }
    expect(warned.map((each) => /`\w+`/.exec(each)?.[0])).toEqual(['`ttl`', '`shouldCache`']);
  });

  test('a decorated method, by its class', () => {
    class Warned {
      @cached({ ttl: failing })
      of(n: number): number {
        return n;
      }
    }
    expect(new Warned().of(1)).toBe(1);
    expect(warned[0]).toContain('MEMOASIDE_CALLBACK Warned.of: ');
  });

  test('a backend that fails to close', async () => {
    const name = fresh();
    const backend = { ...remoteBackend(), name, close: () => Promise.reject(new Error('stuck')) };
    await createCache({ backend }).close();
    await createCache({ backend, warnings: false }).close();
    expect(warned).toHaveLength(1);
    expect(warned[0]).toContain(`${name}: the backend failed (close)`);
  });
});

describe('nothing is said', () => {
  const onEvent = (): void => undefined;
  test.each<[string, MemoizeOptions<unknown, [], number>, Parameters<typeof createCache>[0]]>([
    ['if the function has a listener', { onEvent }, {}],
    ['if the cache has one', {}, { onEvent }],
    ['with `warnings: false` of the function', { warnings: false }, {}],
    ['with `warnings: false` of the cache', {}, { warnings: false }],
    ['with `warnings: false` of the function alone', { warnings: false }, { warnings: true }],
  ])('%s', (_, options, ofCache) => {
    const f = createCache(ofCache).memoize((): number => 1, {
      ...options,
      name: fresh(),
      ttl: failing,
    });
    expect(f()).toBe(1);
    expect(warned).toEqual([]);
  });

  test('of a backend that fails, if it has a listener of its own; of other faults it does not hear', async () => {
    const server = memcached('127.0.0.1:1', { timeout: 100, onEvent });
    for (const backend of [server, tiered(lru(), server), broken({ hasListener: true })]) {
      const f = memoize(async () => 1, { name: fresh(), backend });
      expect(await f()).toBe(1);
    }
    await server.close();
    expect(warned).toEqual([]);
    const clones = { ...lru({ copy: 'clone' }), hasListener: true };
    memoize(() => new (class User {})(), { name: fresh(), backend: clones })();
    expect(warned).toHaveLength(1);
  });

  test('of the errors of the function', () => {
    const f = memoize(failing, { name: fresh() });
    expect(f).toThrow('refused');
    expect(warned).toEqual([]);
  });

  test('where there is no process, or it gives no warnings', () => {
    const { process } = globalThis;
    const call = (): unknown => memoize(() => 1, { name: fresh(), ttl: failing })();
    try {
      Reflect.set(globalThis, 'process', {});
      expect(call()).toBe(1);
      Reflect.deleteProperty(globalThis, 'process');
      expect(call()).toBe(1);
    } finally {
      Reflect.set(globalThis, 'process', process);
    }
    expect(warned).toEqual([]);
  });

  test('if the warning itself fails', () => {
    jest.spyOn(process, 'emitWarning').mockImplementation(failing);
    expect(memoize(() => 1, { name: fresh(), ttl: failing })()).toBe(1);
  });

  test('of more than 1,000 names', () => {
    for (let n = 0; n < 1_100; n += 1) memoize(() => 1, { name: fresh(), ttl: failing })();
    expect(warned.length).toBeLessThanOrEqual(1_000);
    Reflect.deleteProperty(process, Symbol.for('memoaside.warned/1'));
  });
});

test('`warnings: true` of a function outweighs `false` of its cache', () => {
  createCache({ warnings: false }).memoize(() => 1, {
    name: fresh(),
    ttl: failing,
    warnings: true,
  })();
  expect(warned).toHaveLength(1);
});

describe('a window past the ttl without a ttl', () => {
  test.each(['staleWhileRevalidate', 'staleIfError'] as const)('%s is said once', (option) => {
    const name = fresh();
    const define = (): unknown => memoize((n: number) => n, { name, [option]: '1m' });
    define();
    define();
    expect(warned).toEqual([
      `MEMOASIDE_USELESS_OPTION ${name}: \`${option}\` has no effect without a \`ttl\`, because the values ` +
        'never become stale; add a ttl',
    ]);
  });

  test('of a cache is said of a function without a ttl', () => {
    const cache = createCache({ staleIfError: '1m' });
    cache.memoize(() => 1, { name: fresh(), ttl: '1s' });
    expect(warned).toEqual([]);
    cache.memoize(() => 1, { name: fresh() });
    expect(warned).toHaveLength(1);
  });

  test('is not said with a ttl of the cache, with a written `Infinity`, or without warnings', () => {
    const staleIfError = '1m';
    createCache({ ttl: '1s' }).memoize(() => 1, { name: fresh(), staleIfError });
    memoize(() => 1, { name: fresh(), staleIfError, ttl: Infinity });
    memoize(() => 1, { name: fresh(), staleIfError, warnings: false });
    memoize(() => 1, { name: fresh(), staleIfError: 0 });
    expect(warned).toEqual([]);
  });
});

const PROGRAM = `
  import { memoize } from './src/index.ts';
  const f = memoize((n) => n, { name: 'f', key: (n) => 'a\\nb' + n, ttl: () => { throw new Error('x\\ny'); } });
  f(1);
  const g = memoize((n) => n, { name: 'g', onEvent: () => undefined });
  for (let n = 0; n < 3; n += 1) g(1);
`;

test('NODE_DEBUG=memoaside prints every event in one line', async () => {
  const { code, stdout, stderr } = await runScript(PROGRAM, { NODE_DEBUG: 'memoaside' });
  const lines = stderr.split('\n').filter((line) => line.startsWith('MEMOASIDE '));
  expect([code, stdout]).toEqual([0, '']);
  expect(lines.map((line) => line.replace(/^MEMOASIDE \d+: /, ''))).toEqual([
    'miss "f" "a\\nb1"',
    'error "f" "a\\nb1" step=ttl error="x\\ny"',
    'miss "g" "g(1)"',
    expect.stringMatching(/^store "g" "g\(1\)" cost=[\d.e-]+$/),
    'hit "g" "g(1)"',
    'hit "g" "g(1)"',
  ]);
}, 30_000);

test('without NODE_DEBUG a process prints the warning alone', async () => {
  const { code, stdout, stderr } = await runScript(PROGRAM, { NODE_DEBUG: '' });
  expect([code, stdout]).toEqual([0, '']);
  expect(stderr).toMatch(/^\(node:\d+\) \[MEMOASIDE_CALLBACK\] Warning: f: the callback `ttl`/);
}, 30_000);
