/**
 * Measures memoaside side by side with its peers: several process runs, each of all cases in a random
 * order. The contestants of a case take turns. Needs memcached on the PATH.
 *
 *     npm run bench                        about fifteen minutes on two idle cores
 *     npm run bench -- --quick             about one and a half
 *     npm run bench -- --only "sync hit"   the cases with this in their name
 *     npm run bench -- --only service      the cases as in a service, in about a minute and a half
 *     npm run bench -- --processes 5       more process runs
 *     npm run bench -- --against DIR       before and after: see below
 *
 * With `--against`, the library of another checkout (DIR/dist/esm, so run `npm run build` there first) is
 * measured in the same rounds under the name “other”. The last table has this library's time as a
 * multiple of the other's, for the cases in process: the median of five process runs' medians, with the
 * least and the greatest of them. Most peers are left out.
 *
 * The report goes to bench/report.md. That of a run of some cases, a quick one or one of two libraries goes
 * to bench/out, with the figures of the last run: git does not keep them.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { resolve as absolute } from 'node:path';
import { parseArgs } from 'node:util';
import { format } from 'prettier';
import { buildLibrary, buildWorker } from './built.js';
import { dots, lines } from './charts.js';
import { curvesOf } from './curves.js';
import type { Outcome } from './measure.js';
import { print } from './print.js';
import { chartName, type Made, reportOf } from './report.js';
import { combined, type Result } from './stats.js';
import type { Report, Task } from './task.js';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    processes: { type: 'string' },
    against: { type: 'string' },
  },
});
const { quick, only } = values;
const against = values.against === undefined ? undefined : absolute(values.against);
const processes = Number(values.processes ?? (quick ? 2 : against === undefined ? 3 : 5));
mkdirSync(new URL('out', import.meta.url), { recursive: true });
const began = Date.now();
const seconds = (): number => Math.round((Date.now() - began) / 1_000);
const file = (path: string): string => new URL(path, import.meta.url).pathname;

const task: Omit<Task, 'setting'> = {
  ...{ library: await buildLibrary(), against, quick, only },
  ...(quick ? { rounds: 2, slice: 3 } : { rounds: 3, slice: 5 }),
};
const worker = await buildWorker();
const runs: Outcome[][] = [];
for (let run = 1; run <= processes; run += 1)
  runs.push([...(await processRun(run, 'alone')), ...(await processRun(run, 'service'))]);
process.stderr.write('\r\x1b[K');
const results = combined(runs);
if (results.length === 0) throw new Error(`no case has “${only}” in its name`);

print(results);
await write(results, !quick && only === '' && against === undefined ? '.' : 'out');
console.log(`${seconds()} s`);

/** Writes the report and its charts, and beside them in `out` the figures that they are made from. */
async function write(all: readonly Result[], directory: string): Promise<void> {
  const made: Made = {
    on: `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
    ...{ processes, rounds: task.rounds, slice: task.slice, quick, seconds: seconds() },
    versions: versions(),
  };
  const written = { parser: 'markdown', singleQuote: true, printWidth: 100 };
  writeFileSync(file('out/results.json'), `${JSON.stringify({ made, cases: all }, null, 1)}\n`);
  const charts = await drawn(all, directory);
  writeFileSync(file(`${directory}/report.md`), await format(reportOf(made, all, charts), written));
  console.log(file(`${directory}/report.md`));
}

/** One process run, in a child that is stopped with this process. */
function processRun(run: number, setting: Task['setting']): Promise<Outcome[]> {
  const child: ChildProcess = fork(worker, {
    execArgv: ['--expose-gc', '--max-old-space-size=8192'],
  });
  const stop = (): void => void child.kill();
  process.once('exit', stop);
  const outcomes: Outcome[] = [];
  return new Promise((resolve, reject) => {
    child.on('message', (message) => {
      const report = message as Report;
      if (report.type === 'outcome') outcomes.push(report.outcome);
      else if (report.type === 'done') resolve(outcomes);
      else {
        const place = `run ${run} of ${processes}, ${setting}, case ${report.done + 1} of ${report.of}`;
        process.stderr.write(`\r\x1b[K${seconds()} s, ${place}: ${report.name}`);
      }
    });
    child.once('exit', (code) => {
      process.off('exit', stop);
      reject(new Error(`a process run ended with ${code}`));
    });
    child.send({ ...task, setting } satisfies Task);
  });
}

/** Draws the charts, and returns their names. */
async function drawn(all: readonly Result[], directory: string): Promise<string[]> {
  const charts = file(`${directory}/charts`);
  rmSync(charts, { recursive: true, force: true });
  mkdirSync(charts);
  const names: string[] = [];
  const save = (name: string, text: string): void => {
    writeFileSync(`${charts}/${name}`, text);
    names.push(name);
  };
  const panels = (group: RegExp, name: RegExp): [string, Result][] =>
    all
      .filter((one) => one.x === undefined && group.test(one.group) && name.test(one.name))
      .map((one) => [one.group.replace(/^.*: /, '').replace(/^mem.*/, one.name), one]);
  const hits = /^100 keys, zipfian/;
  const pictures = {
    sync: panels(/^Sync hit: (one|two|flat)/, hits),
    async: panels(/^Async hit: (one|flat)/, hits),
    misses: panels(/^Concurrent/, /./),
    memcached: panels(/^memcached hit, 10 B/, /./),
  };
  const titles = {
    sync: 'Hits of a synchronous function, 100 keys',
    async: 'Hits of an asynchronous function, 100 keys',
    misses: 'A thousand callers of one missing key',
    memcached: 'Hits on memcached',
  };
  for (const [name, found] of Object.entries(pictures))
    if (found.length > 0)
      save(`${name}.svg`, await dots(titles[name as keyof typeof titles], found));
  for (const curve of curvesOf(all)) save(chartName(curve), await lines(curve));
  return names;
}

function versions(): Record<string, string> {
  const own = (path: string) =>
    JSON.parse(readFileSync(file(path), 'utf8')) as {
      version: string;
      devDependencies: Record<string, string>;
    };
  return { memoaside: own('../package.json').version, ...own('package.json').devDependencies };
}
