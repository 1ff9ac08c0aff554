// Builds dist: tsc translates each source file, and Rollup bundles the modules and their declarations, once
// as ES modules and once as CommonJS. Each entry point of package.json is a file, and what entry points share
// is in files of dist/*/shared.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format as prettify } from 'prettier';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';

const MODULES = resolve('dist/modules');
const DEVALUE = 'node_modules/devalue';
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const packages = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });

/** The translated file of each entry point: `dist/esm/x.js` is built from `src/x.ts` or `src/x/index.ts`. */
function entries(end) {
  const names = Object.values(manifest.exports)
    .filter((target) => target.import !== undefined)
    .map((target) => /^\.\/dist\/esm\/(.+)\.js$/.exec(target.import.default)[1]);
  const file = (name) => (existsSync(`src/${name}.ts`) ? name : `${name}/index`);
  return Object.fromEntries(names.map((name) => [name, `${MODULES}/${file(name)}.${end}`]));
}

const isExternal = (id) =>
  id.startsWith('node:') || packages.some((name) => id === name || id.startsWith(`${name}/`));

// devalue's format is stored on servers, so the package has one version of it in both halves.
const bundledDevalue = {
  name: 'bundled-devalue',
  resolveId: (id) => (id === 'devalue' ? fileURLToPath(import.meta.resolve(id)) : undefined),
};

// `import.meta` is a syntax error in CommonJS: that half has a `require` of its own.
const commonJsRequire = {
  name: 'commonjs-require',
  resolveId: (id) =>
    id === './lazy-require.js' ? `${MODULES}/api/lazy-require.cjs.js` : undefined,
};

/** People read these files in their debuggers, and tsc's indentation costs 40 kB. */
const prettier = (parser) => ({
  name: 'prettier',
  generateBundle: {
    order: 'post',
    handler: async (_, bundle) => {
      for (const chunk of Object.values(bundle))
        chunk.code = await prettify(chunk.code, { ...manifest.prettier, parser });
    },
  },
});

async function bundle(end, plugins, output) {
  const graph = await rollup({
    input: entries(end),
    external: isExternal,
    plugins,
    onLog: (level, { message }) => {
      if (level === 'warn') throw new Error(message);
    },
  });
  await graph.write({
    entryFileNames: `[name].${end}`,
    chunkFileNames: ({ name }) => `shared/${name.replace(/\.d$/, '')}.${end}`,
    minifyInternalExports: false,
    hoistTransitiveImports: false,
    ...output,
  });
  await graph.close();
}

const license = () => `/*\n${readFileSync(`${DEVALUE}/LICENSE`, 'utf8').trim()}\n*/`;

/** The directives `/// <reference lib="…" />` of the modules of a chunk, which rollup-plugin-dts leaves out. */
function libReferences({ moduleIds }) {
  const texts = moduleIds.map((id) => readFileSync(id, 'utf8'));
  return [...new Set(texts.join('\n').match(/^\/\/\/ <reference lib=.*$/gm))].join('\n');
}

async function build(half, format) {
  const plugins = [bundledDevalue, ...(format === 'cjs' ? [commonJsRequire] : [])];
  await bundle('js', [...plugins, prettier('babel')], {
    dir: `dist/${half}`,
    format,
    manualChunks: (id) => (id.includes(DEVALUE) ? 'devalue' : undefined),
    banner: ({ name }) => (name === 'devalue' ? license() : ''),
    // The namespace of memjs, a CommonJS package, is what `require` returns.
    interop: (id) => (id === 'memjs' ? 'esModule' : 'auto'),
  });
  await bundle('d.ts', [dts(), prettier('typescript')], {
    dir: `dist/${half}`,
    banner: libReferences,
  });
}

rmSync('dist', { recursive: true, force: true });
execFileSync('npx', ['--no-install', 'tsc', '-p', '.ci/tsconfig.build.json'], { stdio: 'inherit' });
await build('esm', 'es');
await build('cjs', 'cjs');
writeFileSync('dist/cjs/package.json', '{ "type": "commonjs" }\n');
rmSync(MODULES, { recursive: true });
