// Packs the package and unpacks it as a consumer's node_modules/memoaside, beside the programs of
// __tests__/consumer. Its dependencies are found in our own node_modules. The programs have a package.json,
// without which `memoaside` would be the package in whose folder they lie.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const run = (command, args, cwd) =>
  execFileSync(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
export const npx = (...args) => run('npx', ['--no-install', ...args]);

/** Calls back with a temporary folder, the tarball in it, and the consumer's folder. */
export async function withPacked(use) {
  const folder = mkdtempSync(join(tmpdir(), 'memoaside-'));
  const consumer = resolve('dist/consumer');
  rmSync(consumer, { recursive: true, force: true }); // before `npm pack`, which takes all of dist
  try {
    run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder]);
    const tarball = join(
      folder,
      readdirSync(folder).find((name) => name.endsWith('.tgz')),
    );
    cpSync('__tests__/consumer', consumer, { recursive: true });
    const installed = join(consumer, 'node_modules/memoaside');
    mkdirSync(installed, { recursive: true });
    run('tar', ['-xzf', tarball, '-C', installed, '--strip-components', '1']);
    await use({ folder, tarball, consumer });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
