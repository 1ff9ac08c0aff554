// The package as its users get it: its shape, its types, and a packed copy that is loaded, bundled and used.
import { join } from 'node:path';
import { build } from 'esbuild';
import { npx, run, withPacked } from './packed.mjs';

await withPacked(async ({ folder, tarball, consumer }) => {
  npx('publint', 'run', '--strict', tarball);
  npx('attw', '--format', 'ascii', tarball);

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
});
