import { runScript } from '../support/script.js';

const PROGRAM = `
  import { memoize } from './src/index.ts';
  const sleep = (time) => new Promise((resolve) => setTimeout(resolve, time));
  let runs = 0;
  const f = memoize(async () => (++runs === 1 ? 'old' : new Promise(() => undefined)), {
    ttl: 1, staleWhileRevalidate: 1_000, computeTimeout: 2_500, key: () => 'k',
  });
  await f();
  await sleep(10);
  await f(); // stale: a refresh begins, and never ends
  await sleep(1_300);
`;

test('a call that has joined a refresh holds the process until its TimeoutError', async () => {
  const ran = await runScript(
    `${PROGRAM} console.log(await f().catch((error) => error.code), f.stats().join, runs);`,
  );
  expect(ran).toEqual({ code: 0, stdout: 'ERR_CACHE_TIMEOUT 1 2\n', stderr: '' });
}, 30_000);

test('a refresh that nobody waits for lets the process end', async () => {
  const ran = await runScript(`${PROGRAM.replace('2_500', '60_000')} console.log(runs);`);
  expect(ran).toEqual({ code: 0, stdout: '2\n', stderr: '' });
}, 30_000);
