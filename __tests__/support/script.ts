import { spawn } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

/** What a process did. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs an ES module's text, with TypeScript, in a process of its own, from the root of the project. */
export function runScript(text: string, env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  return run(['--import', 'tsx', '--input-type=module', '--eval', text], env);
}

/** Runs one of the project's own files. */
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
