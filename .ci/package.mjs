// The package as its users get it: its shape, its types, and a packed copy that is loaded, bundled and used.
import { deepStrictEqual, ok } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { npx, run, withPacked } from './packed.mjs';

const MAX_FILES = 60;
const MAX_BYTES = 900_000;
const MAX_MODULES = 12;

const HALVES = ['cjs', 'esm'];

/** Checks what the package contains, and that one version of devalue is in both halves. */
function checkFiles(installed) {
  const files = readdirSync(installed, { recursive: true }).map((file) =>
    file.replaceAll('\\', '/'),
  );
  const sizes = files
    .map((file) => statSync(join(installed, file)))
    .filter((file) => file.isFile());
  const bytes = sizes.reduce((sum, { size }) => sum + size, 0);
  console.log(`${sizes.length} files, ${bytes} bytes unpacked`);
  ok(sizes.length <= MAX_FILES, `at most ${MAX_FILES} files`);
  ok(bytes <= MAX_BYTES, `at most ${MAX_BYTES} bytes`);
  const needless = files.filter((file) =>
    /^(src|examples|bench)\b|\.map$|^dist\/modules/.test(file),
  );
  deepStrictEqual(needless, []);

  const { exports, dependencies, devDependencies } = readJson(join(installed, 'package.json'));
  const entries = Object.keys(exports).length - 1; // without ./package.json
  for (const half of HALVES) {
    for (const end of ['.js', '.d.ts']) {
      const own = readdirSync(join(installed, 'dist', half)).filter((file) => file.endsWith(end));
      deepStrictEqual(own.length, entries, `dist/${half} has a ${end} for each entry point`);
    }
    const file = join(installed, `dist/${half}/shared/devalue.js`);
    ok(readFileSync(file, 'utf8').includes('Permission is hereby granted'), `license in ${file}`);
  }
  deepStrictEqual(dependencies.devalue, undefined, 'devalue is bundled');
  deepStrictEqual(devDependencies.devalue, readJson('node_modules/devalue/package.json').version);
}

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** Returns the paths of the modules that a program loads. V8 writes them where it writes coverage. */
function modulesOf(program, folder, consumer) {
  const coverage = join(folder, 'coverage');
  mkdirSync(coverage, { recursive: true });
  const known = readdirSync(coverage);
  const { status, stderr } = spawnSync('node', program, {
    cwd: consumer,
    env: { ...process.env, NODE_V8_COVERAGE: coverage },
    encoding: 'utf8',
  });
  deepStrictEqual([status, stderr], [0, '']);
  return readdirSync(coverage)
    .filter((file) => !known.includes(file))
    .flatMap((file) => readJson(join(coverage, file)).result.map(({ url }) => url))
    .filter((url) => url.startsWith('file:') && !url.includes('[eval'));
}

function checkModules(folder, consumer) {
  const cjs = './node_modules/memoaside/dist/cjs/index.js';
  const programs = {
    "import 'memoaside'": ['--input-type=module', '-e', "import 'memoaside'"],
    "require('memoaside')": ['-e', "require('memoaside')"],
    [`require('${cjs}')`]: ['-e', `require('${cjs}')`],
  };
  for (const [name, program] of Object.entries(programs)) {
    const modules = modulesOf(program, folder, consumer);
    console.log(`${name} loads ${modules.length} modules`);
    ok(modules.length <= MAX_MODULES, `${name} loads:\n${modules.join('\n')}`);
    ok(
      modules.some((url) => url.includes('/consumer/node_modules/memoaside/dist/')),
      'the copy',
    );
  }
}

await withPacked(async ({ folder, tarball, consumer }) => {
  npx('publint', 'run', '--strict', tarball);
  npx('attw', '--format', 'ascii', tarball);
  checkFiles(join(consumer, 'node_modules/memoaside'));
  checkModules(folder, consumer);

  for (const program of ['lazy.cjs', 'lazy.mjs', 'halves.mjs'])
    run('node', [join(consumer, program)]);
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
