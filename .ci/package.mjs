// The package as its users get it: its shape, its types, and a packed copy used from both module systems.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const run = (command, args, cwd) =>
  execFileSync(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
const npx = (...args) => run('npx', ['--no-install', ...args]);

const folder = mkdtempSync(join(tmpdir(), 'memoaside-'));
try {
  run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder]);
  const tarball = join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.tgz')),
  );
  npx('publint', 'run', '--strict', tarball);
  npx('attw', '--format', 'ascii', tarball);

  // A consumer beside our own node_modules, which hold the dependencies; the package is the packed one.
  const consumer = resolve('dist/consumer');
  rmSync(consumer, { recursive: true, force: true });
  cpSync('__tests__/consumer', consumer, { recursive: true });
  const installed = join(consumer, 'node_modules/memoaside');
  run('mkdir', ['-p', installed]);
  run('tar', ['-xzf', tarball, '-C', installed, '--strip-components', '1']);
  for (const module of ['esm', 'cjs']) {
    for (const dialect of ['legacy', 'standard']) {
      const project = join(consumer, `tsconfig.${module}.${dialect}.json`);
      npx('tsc', '-p', project);
      run('node', [
        join(consumer, `out/${module}-${dialect}/main.${module === 'esm' ? 'mjs' : 'cjs'}`),
      ]);
    }
  }
  run('node', [join(consumer, 'lazy.cjs')]);
  run('node', [join(consumer, 'lazy.mjs')]);
  // Bundled, and far from any node_modules: what cannot be loaded there is done without.
  for (const format of ['esm', 'cjs']) {
    const file = join(folder, `bundle.${format === 'esm' ? 'mjs' : 'cjs'}`);
    await build({
      entryPoints: [join(consumer, 'bundled.mjs')],
      outfile: file,
      bundle: true,
      format,
      platform: 'node',
      logLevel: 'error',
      logOverride: { 'empty-import-meta': 'silent' },
    });
    run('node', [file], folder);
  }
  const jest = { rootDir: consumer, testMatch: ['**/jest.packed.cjs'], transform: {} };
  npx('jest', '--config', JSON.stringify(jest));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
