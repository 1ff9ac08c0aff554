import { spawn } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

/** Result of a process. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the source of an ES module, with TypeScript, in its own process at the root of the project. */
export function runScript(text: string, env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  return run(['--import', 'tsx', '--input-type=module', '--eval', text], env);
}

/** Runs a file of the project. */
export function runFile(file: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  return run(['--import', 'tsx', join(ROOT, file), ...args], env);
}

function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, env: { ...process.env, ...env } });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}
