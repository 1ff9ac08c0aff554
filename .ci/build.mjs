// Builds dist: ES modules and CommonJS from the one source.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const tsc = (project) =>
  execFileSync('npx', ['--no-install', 'tsc', '-p', project], { stdio: 'inherit' });

rmSync('dist', { recursive: true, force: true });
tsc('.ci/tsconfig.esm.json');
tsc('.ci/tsconfig.cjs.json'); // the same sources, whose types have just been checked
writeFileSync('dist/cjs/package.json', '{ "type": "commonjs" }\n');

// `import.meta` is a syntax error in CommonJS: that half has a `require` of its own.
for (const end of ['js', 'd.ts']) {
  const text = readFileSync(`dist/cjs/api/lazy-require.cjs.${end}`, 'utf8');
  writeFileSync(
    `dist/cjs/api/lazy-require.${end}`,
    text.replace(/^\/\/# sourceMappingURL.*$/m, ''),
  );
  for (const old of [end, `${end}.map`]) rmSync(`dist/cjs/api/lazy-require.cjs.${old}`);
}

// devalue is published as an ES module alone. Node can require one, Jest and old bundlers cannot.
const user = 'dist/cjs/backends/memcached/codec/devalue-text.js';
await build({
  entryPoints: ['node_modules/devalue/src/index.js'],
  outfile: 'dist/cjs/vendor/devalue.js',
  bundle: true,
  format: 'cjs',
  platform: 'neutral',
  target: 'es2022',
  banner: { js: `/*\n${readFileSync('node_modules/devalue/LICENSE', 'utf8').trim()}\n*/` },
});
const required = readFileSync(user, 'utf8');
if (!required.includes('require("devalue")')) throw new Error(`${user} does not require devalue`);
writeFileSync(
  user,
  required.replace('require("devalue")', 'require("../../../vendor/devalue.js")'),
);
