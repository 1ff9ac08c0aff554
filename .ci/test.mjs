// `npm test`: everything that a reviewer would run, in order; stops at the first step that fails. The last
// line counts the tests as Jest's own report has them.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provideServices } from './services.mjs';

const folder = mkdtempSync(join(tmpdir(), 'memoaside-'));
const report = join(folder, 'jest.json');

const npx = (...args) => ['npx', ['--no-install', ...args]];
const steps = [
  ['lint', ...npx('eslint', '--max-warnings', '0', '.')],
  ['format', ...npx('prettier', '--check', '--log-level', 'warn', '.')],
  ['types, legacy decorators', ...npx('tsc', '--noEmit')],
  ['types, standard decorators', ...npx('tsc', '--noEmit', '-p', '__tests__/standard')],
  ['build', 'node', ['.ci/build.mjs']],
  ['tests', ...npx('jest', '--json', '--outputFile', report, ...process.argv.slice(2))],
  ['package', 'node', ['.ci/package.mjs']],
];

function runSteps() {
  for (const [name, command, args] of steps) {
    console.log(`\n== ${name}`);
    const { status } = spawnSync(command, args, { stdio: 'inherit' });
    if (status !== 0) return `${name} failed`;
  }
  return undefined;
}

provideServices();
let failure = runSteps();
let counts = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numFailedTestSuites: 0 };
try {
  counts = JSON.parse(readFileSync(report, 'utf8'));
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
