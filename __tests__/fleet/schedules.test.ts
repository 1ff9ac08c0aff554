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
  /** How often a message meets with a fault. */
  readonly faults?: number;
  readonly unfenced?: boolean;
  readonly lease?: false;
  /** Whether calls that joined a computation take its value although its fill was fenced. */
  readonly accepting?: boolean;
  /** Whether every run is about one key; and how many steps a computation takes. */
  readonly focus?: boolean;
  readonly slowness?: number;
  /** Whether each process has a tier of its own. */
  readonly tiers?: boolean;
}

/** How often each type of event has happened, over all runs. */
const heard: Record<string, number> = {};

const PROCESSES = 2;
const ACTIONS = 7;
/** Steps after which a run must have come to its end. */
const BOUND = 5_000;

/** One run: two processes, with tiers one to three, that call, invalidate, refresh and prime, as a seed and a scheduler will. */
async function run(scheduler: fc.Scheduler, seed: number, options: Options): Promise<string[]> {
  const random = randomFrom(seed);
  const pick = <T>(...choices: readonly T[]): T => choices[Math.floor(random() * choices.length)]!;
  clock.reset();
  // A third of the runs is about calls and invalidations of one key alone, which so come close.
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
  let down = false; // says the backend of a tier
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
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- what replaces it takes three times as long
      await scheduler.waitOne();
    } else clock.advance(pick(1, 20, 200));
    await flushMicrotasks();
  }
  if (open > 0) history.faults.push(`${open} actions have not come to an end`);
  for (const f of fleet)
    for (const [type, count] of Object.entries(f.stats())) heard[type] = (heard[type] ?? 0) + count;
  return history.faults;
}

/** Runs what a message has set off. */
async function flushMicrotasks(): Promise<void> {
  for (let n = 0; n < 8; n += 1) await Promise.resolve();
}

/** Looks for schedules with a fault; throws with the seed of the first that it finds. */
async function search(schedules: number, options: Options): Promise<void> {
  const property = fc.asyncProperty(fc.scheduler(), fc.nat(), async (scheduler, seed) => {
    expect(await run(scheduler, seed, options)).toEqual([]);
  });
  await fc.assert(property, { numRuns: schedules });
}

const SCHEDULES = Number(process.env['SCHEDULES'] ?? 50_000);

describe('two processes on one store, in every order in which their messages can arrive', () => {
  test(`read nothing that they may not, in ${SCHEDULES} schedules`, async () => {
    await search(SCHEDULES, {});
  }, 300_000);

  test(`nor when messages are lost, late or not answered, in ${SCHEDULES} schedules`, async () => {
    await search(SCHEDULES, { faults: 0.1 });
  }, 300_000);

  test.each([0, 0.1, 0.3])(
    'nor with a tier in front in each process, which hears of others a little later, with %d of faults',
    async (faults) => {
      await search(SCHEDULES / 5, { faults, tiers: true });
    },
    300_000,
  );

  test('have met with everything that can happen to a call', () => {
    const never = Object.entries(heard).filter(([, count]) => count === 0);
    // No signal is passed, and nothing is cleared; no function calls itself.
    expect(never.map(([type]) => type).sort()).toEqual(['abort', 'clear', 'errorHit', 'recursion']);
  });
});

describe('the checker notices', () => {
  test.each<[string, Options]>([
    ['fills that ignore fences', { unfenced: true }],
    ['values that are stored without a lease', { lease: false }],
    ['joiners who accept what was fenced', { accepting: true, focus: true, slowness: 6 }],
  ])(
    '%s',
    async (_, options) => {
      const failure = await search(SCHEDULES, options).catch((error: unknown) => error as Error);
      expect(String((failure as Error).cause)).toContain('P5');
    },
    300_000,
  );
});
