import { Member, type Job, type Log, type Outcome, type Replaced } from '../support/fleet.js';
import { describeMemcached, MemcachedDaemon } from '../support/memcached-daemon.js';
import type { CacheOptions } from '../../src/index.js';

const PROCESSES = 8;
const CALLS = 100;
const COMPUTING = 400;
const TTL = 500;
/** How long the storm of invalidations lasts. */
const STORM_SECONDS = Number(process.env['STORM_SECONDS'] ?? 10);

/** Milliseconds of a clock that all processes of the machine share. */
const time = (): number => Number(process.hrtime.bigint()) / 1e6;
const allBegun = (outcomes: readonly Outcome[]): number[] =>
  outcomes.flatMap(({ begun }) => begun).sort((a, b) => a - b);

describeMemcached('eight processes with a hundred calls each', () => {
  let daemon: MemcachedDaemon;
  let fleet: Member[] = [];
  beforeAll(async () => {
    daemon = await MemcachedDaemon.start();
  });
  afterEach(async () => {
    const unhandled = fleet.flatMap((member) => member.unhandled);
    await Promise.all(fleet.map((member) => member.kill()));
    expect(unhandled).toEqual([]);
  });
  afterAll(() => daemon.stop());

  const start = async (options: CacheOptions): Promise<void> => {
    const members = Array.from({ length: PROCESSES }, () => Member.start(daemon.address, options));
    fleet = await Promise.all(members);
  };
  const job = (key: string, more: Partial<Job> = {}): Job => ({
    ...{ kind: 'calls', key, count: CALLS, computing: COMPUTING, ...more },
  });

  test('compute a missing value once, and all of them get it soon after', async () => {
    await start({});
    const outcomes = await Promise.all(fleet.map((member) => member.run(job('cold'))));
    expect(allBegun(outcomes)).toHaveLength(1);
    expect(new Set(outcomes.flatMap(({ values }) => values)).size).toBe(1);
    expect(outcomes.flatMap(({ errors }) => errors)).toEqual([]);
    const last = Math.max(...outcomes.map(({ elapsed: took }) => took));
    console.info(`computing took ${COMPUTING} ms, the last of 800 calls ${last.toFixed(0)} ms`);
    expect(last).toBeLessThan(COMPUTING + 1_500); // the overhead of the machine, not of polling
  }, 60_000);

  test('compute it once more when the holder is killed, after its lease expires', async () => {
    await start({ lease: { ttl: 1_000 } });
    const first = Promise.race(fleet.map((member) => member.computing()));
    const began = time();
    const work = fleet.map((member) => member.run(job('killed')));
    const holder = await first;
    await holder.kill();
    const outcomes = await Promise.all(work.filter((_, index) => fleet[index] !== holder));
    expect(allBegun(outcomes)).toHaveLength(1); // and one by the holder
    const [value = 0] = outcomes[0]!.values;
    expect(new Set(outcomes.flatMap(({ values }) => values)).size).toBe(1);
    expect(value - began).toBeGreaterThanOrEqual(1_000);
    console.info(`the second computation began ${(value - began).toFixed(0)} ms after the first`);
  }, 60_000);

  test('get the errors of a function that throws, and the next call computes', async () => {
    await start({});
    const failing = job('throwing', { fails: true, computing: 50 });
    const outcomes = await Promise.all(fleet.map((member) => member.run(failing)));
    const errors = outcomes.flatMap(({ errors: each }) => each);
    expect(errors).toHaveLength(PROCESSES * CALLS);
    const pids = fleet.map(({ pid }) => `RangeError of process ${pid}`);
    expect(new Set(errors)).toEqual(new Set(pids)); // each process gets its own error
    const next = await fleet[0]!.run(job('throwing', { computing: 0 }));
    expect([next.begun.length, next.errors]).toEqual([1, []]);
  }, 60_000);

  /** Runs a storm, and returns the calls that read a value older than an invalidation, and totals. */
  const storm = async (milliseconds: number, options: CacheOptions) => {
    await start({ ttl: '200ms', staleWhileRevalidate: '1s', earlyRefresh: 1, ...options });
    const until = time() + milliseconds;
    const each = job('storm', { kind: 'storm', count: 4, computing: 5, until });
    const logs = await Promise.all(fleet.map((member) => member.run<Log>(each)));
    const invalidations = logs.flatMap((log) => log.invalidations);
    const calls = logs.flatMap((log) => log.calls);
    const wrong = calls.filter((call) =>
      invalidations.some(
        ({ key, began, confirmed }) =>
          key === call.key && confirmed < call.began && call.value < began,
      ),
    );
    return { wrong, calls: calls.length, invalidations: invalidations.length };
  };

  test(
    `never read a value older than an invalidation, in a storm of ${STORM_SECONDS} seconds`,
    async () => {
      const { wrong, calls, invalidations } = await storm(STORM_SECONDS * 1_000, {});
      console.info(`${calls} calls, ${invalidations} invalidations`);
      expect(wrong).toEqual([]);
      expect(calls).toBeGreaterThan(100 * STORM_SECONDS);
      expect(invalidations).toBeGreaterThan(30 * STORM_SECONDS);
    },
    60_000 + STORM_SECONDS * 1_000,
  );

  test('do read stale values without leases (the test is sensitive)', async () => {
    const { wrong } = await storm(2_000, { lease: false });
    expect(wrong).not.toEqual([]);
  }, 60_000);

  /** Computations per replaced value, including the first one, which replaced none. */
  const perExpiry = async (options: CacheOptions): Promise<number> => {
    // A stale value is counted as replaced too: otherwise a delayed process would not know
    // which value it replaces.
    await start({ ttl: TTL, earlyRefresh: 1, staleWhileRevalidate: '1m', ...options });
    const steady = job('steady', { kind: 'steady', computing: 40, until: time() + 7_000 });
    const all = await Promise.all(fleet.map((member) => member.run<Replaced>(steady)));
    const replaced = all.flat();
    const values = new Set(replaced).size;
    expect(values).toBeGreaterThan(8);
    return replaced.length / values;
  };

  test('compute once per expiry, with earlyRefresh and a steady load', async () => {
    const leased = await perExpiry({});
    console.info(`${leased.toFixed(2)} computations per expiry`);
    expect(leased).toBe(1);
  }, 60_000);

  // Shows that the test above counts correctly.
  test('compute several times per expiry without leases', async () => {
    const alone = await perExpiry({ lease: false });
    console.info(`${alone.toFixed(2)} computations per expiry without leases`);
    expect(alone).toBeGreaterThan(1.3);
  }, 60_000);
});
