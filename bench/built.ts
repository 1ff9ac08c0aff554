import { build } from 'esbuild';

/** The library as its users run it: what tsx would make of the sources is slower. */
export interface Built {
  readonly createCache: (typeof import('../src/index.js'))['createCache'];
  readonly memcached: (typeof import('../src/memcached.js'))['memcached'];
}

/** Builds the sources as they are now, and loads what was built. */
export async function built(): Promise<Built> {
  const outfile = new URL('../dist/bench/memoaside.mjs', import.meta.url).pathname;
  await build({
    stdin: {
      contents:
        "export { createCache } from './index.js'; export { memcached } from './memcached.js';",
      resolveDir: new URL('../src', import.meta.url).pathname,
      loader: 'ts',
    },
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
  });
  return (await import(outfile)) as Built;
}
