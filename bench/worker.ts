import { memcachedCases, outageCases } from './cases-memcached.js';
import { type Daemon, startDaemon } from './daemon.js';
import { asyncCases, missCases, syncCases } from './cases.js';
import type { Built } from './built.js';
import { growthCases } from './growth.js';
import { type Case, run } from './measure.js';
import { shuffled } from './rounds.js';
import type { Report, Task } from './task.js';

/** One process run: every case once, in an order of its own. */
async function work({ library, quick, only, rounds, slice }: Task): Promise<void> {
  const ground = { library: (await import(library)) as Built, slice };
  const daemons: Daemon[] = [];
  for (let i = 0; i < (quick ? 4 : 16); i += 1) daemons.push(await startDaemon(i === 0 ? 512 : 64));
  const daemon = daemons[0]!;
  const cases: Case[] = [
    ...syncCases(ground, quick),
    ...asyncCases(ground, quick),
    ...missCases(ground),
    ...memcachedCases(ground, daemon, quick),
    ...outageCases(ground, daemon),
    ...growthCases(ground, daemons, quick),
  ].filter(({ group, name }) => `${group}, ${name}`.toLowerCase().includes(only.toLowerCase()));
  let done = 0;
  for (const { one, place } of shuffled(cases.map((one, place) => ({ one, place })))) {
    tell({ type: 'at', done, of: cases.length, name: `${one.group}, ${one.name}` });
    tell({ type: 'outcome', outcome: await run(one, place, rounds) });
    done += 1;
  }
  for (const { stop } of daemons) stop();
}

function tell(report: Report): void {
  process.send?.(report);
}

// Its daemons end with it, and it with whoever started it.
process.once('disconnect', () => process.exit(1));
process.once('message', (task) => {
  work(task as Task).then(
    () => process.send?.({ type: 'done' } satisfies Report, () => process.exit(0)),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
