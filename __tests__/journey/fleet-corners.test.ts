import { createCache, type Backend } from '../../src/index.js';
import { connect, SimulatedStore, type Fate } from '../support/simulated-fleet.js';
import { deferred, transcript } from '../support/transcript.js';
import { flush } from '../support/until.js';

/** Processes on one store. A test can delay the messages of a command, and set their fate. */
function fleet() {
  const store = new SimulatedStore();
  const waits = new Map<string, Promise<unknown>>();
  const fates = new Map<string, Fate>();
  const open = (more: Partial<Backend> = {}, options: object = {}) => {
    const backend = connect(store, {
      delay: async (message) => {
        await waits.get(message);
        await flush();
      },
      fate: (_, command) => fates.get(command) ?? 'arrives',
    });
    const { heard, onEvent } = transcript();
    const cache = createCache({ backend: { ...backend, ...more }, onEvent, ...options });
    return { cache, heard };
  };
  return { open, waits, fates };
}

test('a call that joins a prime waits for its outcome', async () => {
  const { open, waits } = fleet();
  const [one, two] = [open(), open()];
  const a = one.cache.memoize(async (_: string) => 'computed', { key: '{0}' });
  const b = two.cache.memoize(async (_: string) => 'computed', { key: '{0}' });
  const takenOver = deferred<undefined>();
  waits.set('takeOver is answered', takenOver.promise);
  const primed = a.prime(['k'], Promise.resolve('old'));
  await flush();
  await flush();
  await flush();
  expect(await b.invalidate('k')).toBe(true);
  const call = a('k');
  takenOver.resolve(undefined);
  expect(await call).toBe('computed');
  expect(await primed).toBe(false);
});

test('a lease is released when its value is not stored', async () => {
  const { open } = fleet();
  let down = false;
  const one = open({ isDown: () => down });
  const two = open();
  const gate = deferred<string>();
  const a = one.cache.memoize((_: string) => gate.promise, { key: '{0}' });
  const b = two.cache.memoize(async (_: string) => 'by the other', { key: '{0}' });
  const call = a('k');
  for (let n = 0; n < 10; n += 1) await flush();
  down = true;
  gate.resolve('unstored');
  expect(await call).toBe('unstored');
  await one.cache.idle();
  expect(await b('k')).toBe('by the other');
  expect(one.heard).toEqual(['miss', 'skip:backendDown']);
  expect(two.heard.filter((type) => type === 'wait')).toEqual([]);
});

test('ttl and shouldCache are not called for a value that cannot be stored because the backend is down', async () => {
  const { open } = fleet();
  const { cache, heard } = open({ isDown: () => true });
  const [ttl, shouldCache] = [jest.fn(() => 1_000), jest.fn(() => true)];
  const f = cache.memoize(async (_: string) => 1, { key: '{0}', ttl, shouldCache });
  expect(await f('k')).toBe(1);
  expect(heard).toEqual(['miss', 'skip:backendDown']);
  expect([ttl, shouldCache].flatMap(({ mock }) => mock.calls)).toEqual([]);
});

test('a refresh whose store and delete both fail leaves the delete to be retried', async () => {
  const { open, fates } = fleet();
  const { cache, heard } = open();
  let computed = 0;
  const f = cache.memoize(async (_: string) => (computed += 1), { key: '{0}' });
  await f('k');
  await cache.idle();
  for (const command of ['fill', 'release', 'delete']) fates.set(command, 'lost');
  expect(await f.refresh('k')).toBe(2);
  await cache.idle();
  fates.clear();
  expect(await f('k')).toBe(3);
  expect(heard).toContain('confirm');
});

test('a backend whose leases fail emits an event, and every call gets its value', async () => {
  const { open, fates } = fleet();
  const { cache, heard } = open();
  let computed = 0;
  const f = cache.memoize(async (_: string) => (computed += 1), { key: '{0}' });
  fates.set('acquire', 'lost');
  expect(await Promise.all([f('k'), f('k')])).toEqual([1, 1]);
  expect(heard).toEqual(['error:lease', 'miss', 'join', 'skip:backendDown']);
});

test('a backend that finds nothing and reports every lease as held does not loop a call for ever', async () => {
  const { open } = fleet();
  const leases = {
    ...connect(new SimulatedStore(), { delay: flush, fate: () => 'arrives' }).leases!,
  };
  leases.acquire = async () => 'held';
  const { cache } = open({ leases, get: async () => undefined });
  let computed = 0;
  const f = cache.memoize(
    async (_: string) => {
      computed += 1;
      await flush();
      return 'value';
    },
    { key: '{0}' },
  );
  expect(await Promise.all(Array.from({ length: 20 }, () => f('k')))).toEqual(
    Array(20).fill('value'),
  );
  expect(computed).toBe(1);
});

test('a shared backend without leases works like a backend in process', async () => {
  const { leases: _, ...without } = connect(new SimulatedStore(), {
    delay: flush,
    fate: () => 'arrives',
  });
  const cache = createCache({ backend: without });
  const f = cache.memoize(async (key: string) => key, { key: '{0}' });
  expect(await Promise.all([f('k'), f('k')])).toEqual(['k', 'k']);
  await cache.idle();
  expect(await f('k')).toBe('k');
  expect(f.stats()).toMatchObject({ miss: 1, join: 1, hit: 1, store: 1 });
});
