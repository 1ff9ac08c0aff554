import { build } from 'esbuild';

/** The library as its users run it: what tsx would make of the sources is slower. */
export interface Built {
  readonly createCache: (typeof import('../src/index.js'))['createCache'];
  readonly lru: (typeof import('../src/index.js'))['lru'];
  readonly memoize: (typeof import('../src/index.js'))['memoize'];
  readonly memcached: (typeof import('../src/memcached.js'))['memcached'];
}

const CONTENTS = `
  export { createCache, lru, memoize } from './index.js';
  export { memcached } from './memcached.js';`;

/** Not in `dist`, which a build empties at any time. */
const OUT = new URL('../node_modules/.cache/memoaside-bench/memoaside.mjs', import.meta.url);

/** Builds the sources as they are now, and answers where. */
export async function buildLibrary(): Promise<string> {
  const stdin = {
    contents: CONTENTS,
    resolveDir: new URL('../src', import.meta.url).pathname,
    loader: 'ts' as const,
  };
  return bundle({ stdin }, OUT.pathname);
}

/** Where the worker is built, so that it finds the peers: tsx would slow what is measured. */
const WORKER = new URL('./node_modules/.cache/memoaside-bench/worker.mjs', import.meta.url);

export async function buildWorker(): Promise<string> {
  const entry = new URL('./worker.ts', import.meta.url).pathname;
  return bundle({ entryPoints: [entry] }, WORKER.pathname);
}

async function bundle(input: Parameters<typeof build>[0], outfile: string): Promise<string> {
  await build({
    ...input,
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
  });
  return outfile;
}

/** Builds the sources as they are now, and loads what was built. */
export async function built(): Promise<Built> {
  return (await import(await buildLibrary())) as Built;
}
