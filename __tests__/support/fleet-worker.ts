/** A process of a fleet, for tests: does what it is told over IPC, and tells what came of it. */
import { createCache, type CacheOptions } from '../../src/index.js';
import { memcached, type MemcachedBackend } from '../../src/memcached.js';
import type { Job, Log, Outcome } from './fleet.js';

const options = JSON.parse(process.argv[2] ?? '{}') as CacheOptions<MemcachedBackend>;
const cache = createCache({ ...options, backend: memcached(undefined, { timeout: '5s' }) });
let job: Job = { kind: 'calls', key: '', count: 0, computing: 0 };
/** When each computation began. */
let begun: number[] = [];

/** Time that all processes of a machine share, in milliseconds. */
const time = (): number => Number(process.hrtime.bigint()) / 1e6;

const slow = cache.memoize(
  async (key: string) => {
    const began = time();
    begun.push(began);
    process.send?.({ computing: key });
    await new Promise((resolve) => setTimeout(resolve, job.computing));
    if (job.fails) throw new RangeError(`of process ${process.pid}`);
    return began;
  },
  { key: '{0}' },
);

async function calls({ key, count }: Job): Promise<Outcome> {
  const before = cache.stats();
  const began = time();
  const results = await Promise.allSettled(Array.from({ length: count }, () => slow(key)));
  const stats = cache.stats();
  const errors = results.flatMap((result) =>
    result.status === 'rejected'
      ? [`${(result.reason as Error).name} ${(result.reason as Error).message}`]
      : [],
  );
  return {
    begun,
    waited: stats.wait - before.wait,
    took: time() - began,
    values: [...new Set(results.flatMap((r) => (r.status === 'fulfilled' ? [r.value] : [])))],
    errors,
  };
}

/** Calls and invalidates a few keys for a while, as fast as it can. */
async function storm({ key, count, until = 0 }: Job): Promise<Log> {
  const log: Log = { calls: [], invalidations: [] };
  const worker = async (): Promise<void> => {
    while (time() < until) {
      const which = `${key}:${Math.floor(Math.random() * 3)}`;
      const began = time();
      if (Math.random() < 0.2) {
        if (await slow.invalidate(which)) {
          log.invalidations.push({ key: which, began, confirmed: time() });
        }
      } else {
        log.calls.push({ key: which, began, value: await slow(which) });
      }
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
    }
  };
  await Promise.all(Array.from({ length: count }, worker));
  return log;
}

/** Calls one key steadily for a while. */
async function steady({ key, until = 0 }: Job): Promise<Outcome> {
  const values = new Set<number>();
  while (time() < until) {
    values.add(await slow(key));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await cache.idle();
  return { begun, waited: 0, took: 0, values: [...values], errors: [] };
}

process.on('message', (next: Job) => {
  job = next;
  begun = [];
  const work = { calls, storm, steady }[next.kind];
  void work(next).then((done) => process.send?.({ done }));
});
process.on('unhandledRejection', (reason) => process.send?.({ unhandled: String(reason) }));
process.on('disconnect', () => process.exit(0));
void cache
  .memoize(() => 0, { key: 'hello' })()
  .then(() => process.send?.({ done: 'ready' }));
