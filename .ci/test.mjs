// `npm test`: what is to hold before each commit; stops at the first step that fails. `npm run test:all` is
// everything, with large numbers; with `-- --rest` it leaves out what `npm test` has just done. Other
// arguments are Jest's. The last line counts the tests as Jest's own report has them.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provideServices } from './services.mjs';

const MODES = { '--all': 'all', '--rest': 'rest' };
const args = process.argv.slice(2);
const mode = args.includes('--rest') ? 'rest' : args.includes('--all') ? 'all' : 'short';
const forJest = args.filter((arg) => !(arg in MODES));

// Numbers of runs in `test:all`. The defaults, in the tests, are small; the environment overrides both.
const LARGE = { SCHEDULES: '50000', KEY_RUNS: '30000' };
const env = {
  ...(mode !== 'short' && LARGE),
  ...process.env,
  SUITES: { short: 'short', all: 'all', rest: 'long' }[mode],
};

const folder = mkdtempSync(join(tmpdir(), 'memoaside-'));
const reports = [];
function jest(name, extraEnv = {}) {
  const report = join(folder, `jest-${reports.length}.json`);
  reports.push(report);
  return [name, ...npx('jest', '--json', '--outputFile', report, ...forJest), extraEnv];
}

const npx = (...command) => ['npx', ['--no-install', ...command]];
const build = ['build', 'node', ['.ci/build.mjs']];
const steps = [
  ['lint', ...npx('eslint', '--max-warnings', '0', '.')],
  ['format', ...npx('prettier', '--check', '--log-level', 'warn', '.')],
  ['types, legacy decorators', ...npx('tsc', '--noEmit')],
  ['types, standard decorators', ...npx('tsc', '--noEmit', '-p', '__tests__/standard')],
  build,
];
if (mode === 'rest') steps.splice(0, Infinity, ...(existsSync('dist/esm') ? [] : [build]));
steps.push(jest('tests'));
if (mode !== 'rest') steps.push(['package', 'node', ['.ci/package.mjs']]);
if (mode !== 'short') {
  steps.push(['consumers of the package', 'node', ['.ci/consumers.mjs']]);
  // The fast path may be deleted without changing a result.
  steps.push(jest('tests without the fast path', { FAST_PATH: 'off', SUITES: 'short' }));
}

function runSteps() {
  for (const [name, command, parameters, extraEnv] of steps) {
    console.log(`\n== ${name}`);
    const started = performance.now();
    const { status } = spawnSync(command, parameters, {
      stdio: 'inherit',
      env: { ...env, ...extraEnv },
    });
    if (status !== 0) return `${name} failed`;
    console.log(`${((performance.now() - started) / 1000).toFixed(0)} s`);
  }
  return undefined;
}

provideServices();
let failure = runSteps();
const counts = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numFailedTestSuites: 0 };
try {
  for (const report of reports) {
    const one = JSON.parse(readFileSync(report, 'utf8'));
    for (const name of Object.keys(counts)) counts[name] += one[name];
  }
} catch {
  failure ??= 'Jest left no report';
}
rmSync(folder, { recursive: true, force: true });
const { numPassedTests, numPendingTests, numFailedTestSuites } = counts;
if (numPendingTests > 0 && process.env.CI)
  failure ??= 'tests were skipped, which CI does not allow';
if (numPassedTests === 0) failure ??= 'no test has run';
if (failure) console.log(`\n${failure}`);
const failed = counts.numFailedTests || numFailedTestSuites || (failure ? 1 : 0);
const skipped = numPendingTests > 0 ? `, ${numPendingTests} skipped` : '';
console.log(`${numPassedTests} passed, ${failed} failed${skipped}`);
process.exitCode = failure ? 1 : 0;
