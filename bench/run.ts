/**
 * Memoaside side by side with its peers: several process runs, each of all cases in a random order, with
 * the contestants of a case taking turns. Needs memcached on the PATH.
 *
 *     npm run bench                        about fourteen minutes on two idle cores
 *     npm run bench -- --quick             about one and a half
 *     npm run bench -- --only "sync hit"   the cases of which that is a part; printed and not written
 *     npm run bench -- --processes 5       more process runs
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
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
  },
});
const { quick, only } = values;
const processes = Number(values.processes ?? (quick ? 2 : 3));
const began = Date.now();
const seconds = (): number => Math.round((Date.now() - began) / 1_000);
const file = (path: string): string => new URL(path, import.meta.url).pathname;

const task: Task = {
  ...{ library: await buildLibrary(), quick, only },
  ...(quick ? { rounds: 2, slice: 3 } : { rounds: 3, slice: 5 }),
};
const worker = await buildWorker();
const runs: Outcome[][] = [];
for (let run = 1; run <= processes; run += 1) runs.push(await processRun(run));
process.stderr.write('\r\x1b[K');
const results = combined(runs);
if (results.length === 0) throw new Error(`no case has “${only}” in its name`);

print(results);
if (only === '') await write(results);
console.log(`${seconds()} s`);

/** Writes the report, its charts and what they are made from. */
async function write(all: readonly Result[]): Promise<void> {
  const made: Made = {
    on: `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
    ...{ processes, rounds: task.rounds, slice: task.slice, quick, seconds: seconds() },
    versions: versions(),
  };
  const written = { parser: 'markdown', singleQuote: true, printWidth: 100 };
  writeFileSync(file('results.json'), `${JSON.stringify({ made, cases: all }, null, 1)}\n`);
  const charts = await drawn(all);
  writeFileSync(file('report.md'), await format(reportOf(made, all, charts), written));
  console.log(`bench/report.md, bench/results.json, ${charts.length} charts`);
}

/** One process run, in a child that is stopped with us. */
function processRun(run: number): Promise<Outcome[]> {
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
        const place = `run ${run} of ${processes}, case ${report.done + 1} of ${report.of}`;
        process.stderr.write(`\r\x1b[K${seconds()} s, ${place}: ${report.name}`);
      }
    });
    child.once('exit', (code) => {
      process.off('exit', stop);
      reject(new Error(`a process run ended with ${code}`));
    });
    child.send(task);
  });
}

/** Draws what has been measured, and answers the names of the pictures. */
async function drawn(all: readonly Result[]): Promise<string[]> {
  rmSync(file('charts'), { recursive: true, force: true });
  mkdirSync(file('charts'));
  const names: string[] = [];
  const save = (name: string, text: string): void => {
    writeFileSync(file(`charts/${name}`), text);
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
