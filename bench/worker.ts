import { memcachedCases, outageCases } from './cases-memcached.js';
import { type Daemon, startDaemon } from './daemon.js';
import { asyncCases, missCases, syncCases } from './cases.js';
import { type Built, loaded } from './built.js';
import { growthCases } from './growth.js';
import type { Ground } from './hits.js';
import { type Case, run } from './measure.js';
import { shuffled } from './rounds.js';
import { serviceCases } from './service.js';
import type { Report, Task } from './task.js';

/** One process run: every case of the setting once, in an order of its own. */
async function work(task: Task): Promise<void> {
  const { quick, only, rounds } = task;
  const ground: Ground = {
    library: (await import(task.library)) as Built,
    ...(task.against !== undefined && { other: await loaded(task.against) }),
    slice: task.slice,
  };
  const daemons: Daemon[] = [];
  const all: Record<Task['setting'], () => Case[]> = {
    alone: () => [
      ...syncCases(ground, quick),
      ...asyncCases(ground, quick),
      ...missCases(ground),
      ...memcachedCases(ground, daemons, quick),
      ...outageCases(ground, daemons),
      ...growthCases(ground, daemons, quick),
    ],
    service: () => serviceCases(ground, quick),
  };
  const cases = all[task.setting]().filter(({ group, name }) =>
    `${group}, ${name}`.toLowerCase().includes(only.toLowerCase()),
  );
  if (cases.some(({ group }) => /memcached|Breaker/.test(group)))
    for (let i = 0; i < (quick ? 4 : 16); i += 1)
      daemons.push(await startDaemon(i === 0 ? 512 : 64));
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

// The daemons end with this process, and this process with the one that started it.
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
