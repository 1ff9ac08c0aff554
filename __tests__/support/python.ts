import { spawnSync } from 'node:child_process';

const MODULES = 'memcache, pymemcache, pylibmc';

/** A Python interpreter with python-memcached, pymemcache and pylibmc, if there is one. */
const interpreter = ['/usr/bin/python3', 'python3'].find(
  (command) => spawnSync(command, ['-c', `import ${MODULES}`]).status === 0,
);

/**
 * `describe` for suites that need Python's memcached clients. Without them they are skipped; with
 * `CI` set, where nobody would notice, they fail.
 */
export const describePython: (title: string, suite: () => void) => void = interpreter
  ? describe
  : process.env.CI
    ? (title) => test(`${title}: no Python has ${MODULES}`, () => expect(interpreter).toBeDefined())
    : describe.skip;

/**
 * Runs a Python script with `input` as a variable, and returns the JSON of the value that it leaves
 * in `output`. Throws with the output of Python if it fails or takes more than 20 seconds.
 */
export function python(script: string, input: unknown = null): unknown {
  const program = [
    'import json, sys',
    'input = json.loads(sys.stdin.read())',
    script,
    'sys.stdout.write(json.dumps(output))',
  ].join('\n');
  const run = spawnSync(interpreter ?? 'python3', ['-c', program], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    timeout: 20_000,
  });
  if (run.status !== 0) throw new Error(`Python failed: ${run.error?.message ?? run.stderr}`);
  return JSON.parse(run.stdout) as unknown;
}
