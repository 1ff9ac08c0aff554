/** A process of a fleet, for tests: runs the jobs it receives over IPC, and reports their outcome. */
import { createCache, type CacheOptions } from '../../src/index.js';
import { memcached, type MemcachedBackend } from '../../src/memcached.js';
import type { Job, Log, Outcome, Replaced } from './fleet.js';

const options = JSON.parse(process.argv[2] ?? '{}') as CacheOptions<MemcachedBackend>;
const cache = createCache({ ...options, backend: memcached(undefined, { timeout: '5s' }) });
let job: Job = { kind: 'calls', key: '', count: 0, computing: 0 };
/** When each computation began. */
let begun: number[] = [];
/** The value read last, and the values that computations replace. */
let last: number | null = null;
let replaced: Replaced = [];

/** Milliseconds of a clock that all processes of the machine share. */
const time = (): number => Number(process.hrtime.bigint()) / 1e6;

const slow = cache.memoize(
  async (key: string) => {
    const began = time();
    begun.push(began);
    replaced.push(last);
    process.send?.({ computing: key });
    await new Promise((resolve) => setTimeout(resolve, job.computing));
    if (job.fails) throw new RangeError(`of process ${process.pid}`);
    return began;
  },
  { key: '{0}' },
);

async function calls({ key, count }: Job): Promise<Outcome> {
  const began = time();
  const results = await Promise.allSettled(Array.from({ length: count }, () => slow(key)));
  const errors = results.flatMap((result) =>
    result.status === 'rejected'
      ? [`${(result.reason as Error).name} ${(result.reason as Error).message}`]
      : [],
  );
  return {
    begun,
    elapsed: time() - began,
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

/** Calls one key steadily for a while, and reads nothing while it refreshes what it read. */
async function steady({ key, until = 0 }: Job): Promise<Replaced> {
  last = null;
  while (time() < until) {
    last = await slow(key);
    await cache.idle();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return replaced;
}

process.on('message', (next: Job) => {
  job = next;
  begun = [];
  replaced = [];
  const work = { calls, storm, steady }[next.kind];
  void work(next).then((done) => process.send?.({ done }));
});
process.on('unhandledRejection', (reason) => process.send?.({ unhandled: String(reason) }));
process.on('disconnect', () => process.exit(0));
void cache
  .memoize(() => 0, { key: 'hello' })()
  .then(() => process.send?.({ done: 'ready' }));
