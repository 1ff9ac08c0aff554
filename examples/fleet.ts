/**
 * Eight processes ask for one slow thing at once, a hundred times each: one of them computes, the others
 * wait for its value. Then a process is killed while it computes, and another takes over.
 *
 *     npx tsx examples/fleet.ts
 *
 * On the memcached of MEMCACHE_SERVERS; without, on one that it starts, if memcached is installed.
 */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import { createCache } from '../src/index.js';
import { memcached } from '../src/memcached.js';

const PROCESSES = 8;
const CALLS = 100;
const COMPUTING = 300;
const LEASE = 1_000;

/** What a process tells of its calls. */
interface Report {
  readonly computed: number;
  readonly waited: number;
  readonly longest: number;
  readonly values: readonly unknown[];
}

if (process.send === undefined) await lead();
else await follow();

/** One of the eight: makes its calls when it is told to, and tells how they went. */
async function follow(): Promise<void> {
  const cache = createCache({ backend: memcached(), lease: { ttl: LEASE } });
  const slow = cache.memoize(
    async (what: string) => {
      process.send?.('computing');
      await new Promise((resolve) => setTimeout(resolve, COMPUTING));
      return `${what}, by process ${process.pid}`;
    },
    { key: '{0}' },
  );
  await cache.memoize(() => 0, { key: 'fleet:hello' })(); // connects
  process.on('message', (what: string) => {
    void (async () => {
      const began = performance.now();
      const before = cache.stats();
      const values = await Promise.all(Array.from({ length: CALLS }, () => slow(what)));
      const { miss, wait } = cache.stats();
      const report: Report = {
        computed: miss - before.miss,
        waited: wait - before.wait,
        longest: performance.now() - began,
        values: [...new Set(values)],
      };
      process.send?.(report);
    })();
  });
  process.send?.('ready');
}

async function lead(): Promise<void> {
  const own = process.env['MEMCACHE_SERVERS'] ? undefined : await startMemcached();
  const fleet = Array.from({ length: PROCESSES }, () => fork(fileURLToPath(import.meta.url)));
  try {
    await Promise.all(fleet.map((member) => heard(member, (message) => message === 'ready')));
    console.log(`${PROCESSES} processes, each with ${CALLS} calls of what takes ${COMPUTING} ms:`);
    await ask(fleet, `fleet:${process.pid}:first`);
    console.log('\nThe same, and whoever begins to compute is killed:');
    const what = `fleet:${process.pid}:second`;
    const first = Promise.race(
      fleet.map(async (member) => {
        await heard(member, (message) => message === 'computing');
        return member;
      }),
    ).then((member) => {
      member.kill('SIGKILL');
      return member;
    });
    const reports = fleet.map((member) => reportOf(member));
    for (const member of fleet) member.send(what);
    const killed = await first;
    console.log(`  process ${killed.pid} computes, and is killed`);
    const rest = await Promise.all(reports.filter((_, index) => fleet[index] !== killed));
    tell(rest);
  } finally {
    for (const member of fleet) member.kill();
    own?.kill();
  }
}

async function ask(fleet: readonly ChildProcess[], what: string): Promise<void> {
  const reports = fleet.map((member) => reportOf(member));
  for (const member of fleet) member.send(what);
  tell(await Promise.all(reports));
}

function tell(reports: readonly Report[]): void {
  const sum = (of: (report: Report) => number) => reports.reduce((all, each) => all + of(each), 0);
  const longest = Math.max(...reports.map((report) => report.longest));
  console.log(`  ${sum(({ computed }) => computed)} computed`);
  console.log(`  ${sum(({ waited }) => waited)} calls waited for another process`);
  console.log(`  the last had its value after ${longest.toFixed(0)} ms`);
  for (const value of new Set(reports.flatMap(({ values }) => values))) console.log(`  ${value}`);
}

async function reportOf(member: ChildProcess): Promise<Report> {
  return (await heard(member, (message) => typeof message === 'object')) as Report;
}

function heard(member: ChildProcess, wanted: (message: unknown) => boolean): Promise<unknown> {
  return new Promise((resolve) => {
    const listen = (message: unknown): void => {
      if (!wanted(message)) return;
      member.off('message', listen);
      resolve(message);
    };
    member.on('message', listen);
  });
}

/** A memcached on a free port, for the processes of this run. */
async function startMemcached(): Promise<ChildProcess> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  const command = ['-l', '127.0.0.1', '-p', `${port}`, '-U', '0', '-u', userInfo().username];
  const daemon = spawn('memcached', command, { stdio: 'ignore' });
  await Promise.race([
    once(daemon, 'error').then(() => {
      console.error('memcached is not installed; set MEMCACHE_SERVERS to one that runs');
      process.exit(1);
    }),
    answers(port),
  ]);
  process.env['MEMCACHE_SERVERS'] = `127.0.0.1:${port}`;
  return daemon;
}

async function answers(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const socket = connect(port, '127.0.0.1');
    const up = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (up) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
