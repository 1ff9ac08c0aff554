import { describeMemcached, MemcachedDaemon } from './support/memcached-daemon.js';
import { runFile, type Ran } from './support/script.js';

const FORM = /^Ten successive runs:\n((?: \d+\.\d\ds){10})\n$/;

// Of 5001 numbers, 20 000 draws miss 5001 (1 - (5000 / 5001) ** 20 000), give or take 9.1.
const MISSES = 5001 * (1 - (5000 / 5001) ** 20_000);
const DEVIATION = 9.1;

/** Runs the example, with the same random numbers for the same seed. */
function square(seed: number, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  const random = `
    let state = ${seed};
    Math.random = () => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };`;
  const preload = `--import data:text/javascript;base64,${Buffer.from(random).toString('base64')}`;
  return runFile('examples/square.ts', args, {
    MEMCACHE_SERVERS: '',
    ...env,
    NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} ${preload}`,
  });
}

/** Seconds of each of the ten runs. */
function seconds({ stdout }: Ran): number[] {
  const times = FORM.exec(stdout)?.[1] ?? '';
  return times.trim().split(' ').map(parseFloat);
}

function counts({ stderr }: Ran): { hits: number; misses: number; errors: number } {
  const found = /^(\d+) hits, (\d+) misses, (\d+) errors$/m.exec(stderr) ?? [];
  const [hits = NaN, misses = NaN, errors = NaN] = found.slice(1).map(Number);
  return { hits, misses, errors };
}

function expectColdStart(ran: Ran): void {
  expect(ran.code).toBe(0);
  expect(ran.stdout).toMatch(FORM);
  const { hits, misses, errors } = counts(ran);
  expect(hits + misses).toBe(20_000);
  expect(errors).toBe(0);
  expect(Math.abs(misses - MISSES)).toBeLessThanOrEqual(3 * DEVIATION);
}

describeMemcached('examples/fleet.ts', () => {
  test('shows one computation for a fleet, and the takeover from a killed holder', async () => {
    const { code, stdout, stderr } = await runFile('examples/fleet.ts', [], {
      MEMCACHE_SERVERS: '',
    });
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout.split('\n').map((line) => line.trim());
    expect(lines.filter((line) => line === '1 computed')).toHaveLength(2);
    const [first, second] = lines.filter((line) => /, by process \d+$/.test(line));
    const killed = /process (\d+) computes, and is killed/.exec(stdout)?.[1] ?? 'none';
    expect(first).toBeDefined();
    expect(second).toBeDefined();
    expect(second).not.toContain(`process ${killed}`);
    const [, waited = NaN, handedOver = NaN] =
      /(\d+) calls waited[^]*?calls waited[^]*?after (\d+) ms/.exec(stdout)?.map(Number) ?? [];
    expect(waited).toBe(700);
    expect(handedOver).toBeGreaterThanOrEqual(1_300); // the lease and the second computation
  }, 60_000);
});

describe('examples/square.ts', () => {
  describe('in process', () => {
    let wrapped: Ran;
    let decorated: Ran;
    beforeAll(async () => {
      [wrapped, decorated] = await Promise.all([square(11), square(12, ['--decorator'])]);
    }, 60_000);

    test.each(['a wrapped function', 'a decorated method'])(
      'with %s every run is faster than the one before, down to a quarter or less',
      (kind) => {
        const ran = kind === 'a wrapped function' ? wrapped : decorated;
        expectColdStart(ran);
        const runs = seconds(ran);
        expect(runs[9]).toBeLessThanOrEqual((runs[0] ?? 0) / 4);
        expect(ran.stderr.split('\n')).toEqual([
          'in process (set MEMCACHE_SERVERS for memcached)',
          expect.stringMatching(/^\d+ hits, \d+ misses, 0 errors$/),
          '',
        ]);
      },
    );
  });

  describeMemcached('on memcached', () => {
    let daemon: MemcachedDaemon;
    let cold: Ran;
    let warm: Ran;
    beforeAll(async () => {
      daemon = await MemcachedDaemon.start();
      const env = { MEMCACHE_SERVERS: daemon.address };
      cold = await square(13, [], env);
      warm = await square(14, [], env);
    }, 60_000);
    afterAll(() => daemon.stop());

    test('every run is faster than the one before, down to a quarter or less', () => {
      expectColdStart(cold);
      const runs = seconds(cold);
      expect(runs[9]).toBeLessThanOrEqual((runs[0] ?? 0) / 4);
    });

    test('prints the backend beside the figures', () => {
      expect(cold.stderr.split('\n')).toEqual([
        `memcached at ${daemon.address}`,
        expect.stringMatching(/^\d+ hits, \d+ misses, 0 errors$/),
        '',
      ]);
    });

    test('a second start hardly misses', () => {
      expect(warm.code).toBe(0);
      expect(warm.stdout).toMatch(FORM);
      const { hits, misses, errors } = counts(warm);
      expect([hits + misses, errors]).toEqual([20_000, 0]);
      expect(misses).toBeLessThan(200);
    });

    test('a stored value is a plain decimal with the flags of an integer', async () => {
      expect(await daemon.ask('get sq:5')).toBe('VALUE sq:5 2 2\r\n25\r\nEND\r\n');
      expect(await daemon.ask('get sq:70')).toBe('VALUE sq:70 2 4\r\n4900\r\nEND\r\n');
    });
  });
});
