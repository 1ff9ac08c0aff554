import fc from 'fast-check';
import { createCache, lru, tiered, type AsyncBackend } from '../../src/index.js';
import { History } from '../support/history.js';
import { randomFrom } from '../support/random.js';
import { connect, SimulatedStore, type Fate } from '../support/simulated-fleet.js';
import { VirtualClock } from '../support/virtual-clock.js';

const clock = new VirtualClock();
beforeAll(() => {
  clock.install();
});
afterAll(() => {
  clock.uninstall();
});

interface Options {
  /** Probability that a message meets a fault. */
  readonly faults?: number;
  readonly unfenced?: boolean;
  readonly lease?: false;
  /** Makes the reply to a fenced fill claim success, so that joined calls accept its value. */
  readonly accepting?: boolean;
  /** Makes every run use one key; and the number of steps of a computation. */
  readonly focus?: boolean;
  readonly slowness?: number;
  /** Gives each process its own tier. */
  readonly tiers?: boolean;
}

/** How often each type of event has happened, over all runs. */
const heard: Record<string, number> = {};

const PROCESSES = 2;
const ACTIONS = 7;
/** Steps after which a run must have come to its end. */
const BOUND = 5_000;

/**
 * One run: processes (two, or one to three with tiers) call, invalidate, refresh and prime. The seed and
 * the scheduler determine everything.
 */
async function run(scheduler: fc.Scheduler, seed: number, options: Options): Promise<string[]> {
  const random = randomFrom(seed);
  const pick = <T>(...choices: readonly T[]): T => choices[Math.floor(random() * choices.length)]!;
  clock.reset();
  // A third of the runs only calls and invalidates one key, so that these operations come close together.
  const focus = options.focus === true || random() < 0.3;
  const ttl = focus ? Infinity : pick(40, 400, Infinity);
  const staleWhileRevalidate = pick(0, 300);
  const staleIfError = pick(0, 300);
  const { faults = 0, lease, tiers = false, slowness = pick(1, 6) } = options;
  const tier = tiers ? pick(30, 300) : 0;
  const history = new History(
    { ttl, stale: Math.max(staleWhileRevalidate, staleIfError), tier },
    () => clock.time,
  );
  const store = new SimulatedStore(clock);
  const delay = (label: string) => scheduler.schedule(Promise.resolve(), label);
  const failing = focus ? 0 : pick(0, 0.3);
  const policy = {
    ttl,
    staleWhileRevalidate,
    staleIfError,
    earlyRefresh: pick(0, 1),
    jitter: pick(0, 0.5),
    lease: lease ?? { ttl: pick(100, 400), wait: pick(150, 1_000) },
    ...(!focus && pick(true, false) && { computeTimeout: 250 }),
  };
  const processes = tiers ? pick(1, 2, 3) : PROCESSES;
  let down = false; // as the backend of a tier reports
  const fleet = Array.from({ length: processes }, (_, process) => {
    const fate = (of: string): Fate => {
      if (random() >= faults) return 'arrives';
      history.fault(process, of);
      return pick('lost', 'unanswered', 'late');
    };
    const link = connect(store, { ...options, delay, fate }) as AsyncBackend;
    const isDown = (of: string): boolean => {
      if (down) history.fault(process, of);
      return down;
    };
    const far: AsyncBackend = { ...link, isDown };
    const backend = tiers ? tiered(lru(), far, { ttl: tier }) : link;
    return createCache({ backend }).memoize(
      async (key: string) => {
        const { value, end } = history.begin(process, key);
        for (let n = 0; n < slowness; n += 1) await delay('computes');
        end();
        if (random() < failing) throw new Error('the origin is down');
        return value;
      },
      { ...policy, key: '{0}' },
    );
  });
  let open = 0;
  const act = async (): Promise<void> => {
    const process = Math.floor(random() * processes);
    const f = fleet[process]!;
    const key = focus ? 'a' : pick('a', 'a', 'b');
    const kind = focus
      ? pick('call', 'call', 'invalidate')
      : pick('call', 'call', 'call', 'invalidate', 'refresh', 'prime');
    if (kind === 'invalidate') {
      const { confirm } = history.invalidate(process, key);
      if (await f.invalidate(key)) confirm();
    } else if (kind === 'prime') {
      const { value, end } = history.prime(process, key);
      await f.prime([key], Promise.resolve(value));
      end(); // its ttl counts from when it is stored
    } else {
      const { answer } = history.call(process, key);
      const outcome = await (kind === 'call' ? f(key) : f.refresh(key)).catch(() => undefined);
      if (outcome !== undefined) answer(outcome);
    }
  };
  const started = async (): Promise<void> => {
    open += 1;
    await act();
    open -= 1;
  };
  let begun = 0;
  let steps = 0;
  while ((open > 0 || begun < ACTIONS) && (steps += 1) < BOUND) {
    if (random() < faults / 5) down = !down;
    if (begun < ACTIONS && random() < 0.15) {
      begun += 1;
      void started();
    } else if (scheduler.count() > 0 && random() < 0.9) {
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- its replacement takes three times as long
      await scheduler.waitOne();
    } else clock.advance(pick(1, 20, 200));
    await flushMicrotasks();
  }
  if (open > 0) history.faults.push(`${open} actions have not come to an end`);
  for (const f of fleet)
    for (const [type, count] of Object.entries(f.stats())) heard[type] = (heard[type] ?? 0) + count;
  return history.faults;
}

/** Runs the microtasks that a message has caused. */
async function flushMicrotasks(): Promise<void> {
  for (let n = 0; n < 8; n += 1) await Promise.resolve();
}

/** Searches schedules for a violation; throws with the seed of the first one. */
async function search(schedules: number, options: Options): Promise<void> {
  const property = fc.asyncProperty(fc.scheduler(), fc.nat(), async (scheduler, seed) => {
    expect(await run(scheduler, seed, options)).toEqual([]);
  });
  await fc.assert(property, { numRuns: schedules });
}

const SCHEDULES = Number(process.env['SCHEDULES'] ?? 2_000);
/** Schedules in which a broken store must be noticed; the first of them end the search. */
const NOTICED_WITHIN = 50_000;

describe('two processes on one store, with messages in random order', () => {
  test(`read no value older than an invalidation, in ${SCHEDULES} schedules`, async () => {
    await search(SCHEDULES, {});
  }, 300_000);

  test(`read none when messages are lost, late or unanswered, in ${SCHEDULES} schedules`, async () => {
    await search(SCHEDULES, { faults: 0.1 });
  }, 300_000);

  test.each([0, 0.1, 0.3])(
    'read none older than the ttl of a tier in each process, with a fault rate of %d',
    async (faults) => {
      await search(Math.ceil(SCHEDULES / 5), { faults, tiers: true });
    },
    300_000,
  );

  test('have emitted every type of event', () => {
    const never = Object.entries(heard).filter(([, count]) => count === 0);
    // No signal is passed, and nothing is cleared; no function calls itself.
    expect(never.map(([type]) => type).sort()).toEqual(['abort', 'clear', 'errorHit', 'recursion']);
  });
});

describe('the checker detects', () => {
  test.each<[string, Options]>([
    ['fills that ignore fences', { unfenced: true }],
    ['values stored without a lease', { lease: false }],
    ['joined calls that accept a fenced value', { accepting: true, focus: true, slowness: 6 }],
  ])(
    '%s',
    async (_, options) => {
      const failure = await search(NOTICED_WITHIN, options).catch(
        (error: unknown) => error as Error,
      );
      expect(String((failure as Error).cause)).toContain('P5');
    },
    300_000,
  );
});
