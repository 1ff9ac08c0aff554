import { build } from 'esbuild';

/** The library as its users run it. Code that tsx transforms is slower. */
export interface Built {
  readonly createCache: (typeof import('../src/index.js'))['createCache'];
  readonly lru: (typeof import('../src/index.js'))['lru'];
  readonly memoize: (typeof import('../src/index.js'))['memoize'];
  readonly memcached: (typeof import('../src/memcached.js'))['memcached'];
}

const CONTENTS = `
  export { createCache, lru, memoize } from './index.js';
  export { memcached } from './memcached.js';`;

/** Not in `dist`, which a build empties. The name differs for checkouts that share `node_modules`. */
const CHECKOUT = new URL('..', import.meta.url).pathname.replaceAll('/', '-').slice(1, -1);
const OUT = new URL(`../node_modules/.cache/memoaside-bench/${CHECKOUT}.mjs`, import.meta.url);

/** Builds the current sources and returns the path of the bundle. */
export async function buildLibrary(): Promise<string> {
  const stdin = {
    contents: CONTENTS,
    resolveDir: new URL('../src', import.meta.url).pathname,
    loader: 'ts' as const,
  };
  return bundle({ stdin }, OUT.pathname);
}

/** The worker's bundle lies where it can import the peers. Run by tsx, the measured code would be slower. */
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

/** Loads the library of another checkout, which has to be built. */
export async function loaded(directory: string): Promise<Built> {
  const [{ createCache, lru, memoize }, { memcached }] = (await Promise.all(
    ['index', 'memcached'].map((name) => import(`${directory}/dist/esm/${name}.js`)),
  )) as [Built, Built];
  return { createCache, lru, memoize, memcached };
}

/** Builds the current sources and loads the bundle. */
export async function built(): Promise<Built> {
  return (await import(await buildLibrary())) as Built;
}
