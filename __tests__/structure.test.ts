import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const ROOT = join(__dirname, '..');
const SRC = join(ROOT, 'src');
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.replaceAll('\\', '/'))
  .sort();

interface Import {
  readonly target: string;
  readonly typeOnly: boolean;
}

const text = (file: string): string => readFileSync(join(SRC, file), 'utf8');

/** What a file imports or re-exports, of ours and of others. */
function importsOf(file: string): Import[] {
  const statement = /^(?:import|export)\s+(type\s+)?(?:[^'";]*?\s+from\s+)?'([^']+)';/gm;
  return [...text(file).matchAll(statement)].map(([, type, target]) => ({
    typeOnly: type !== undefined,
    target: target!.startsWith('.')
      ? relative(SRC, join(SRC, dirname(file), target!)).replace(/\.js$/, '.ts')
      : target!,
  }));
}

/** The files that a file needs when it runs, directly or not. */
function closure(file: string, seen = new Set<string>()): Set<string> {
  for (const { target, typeOnly } of importsOf(file)) {
    if (typeOnly || seen.has(target)) continue;
    seen.add(target);
    if (files.includes(target)) closure(target, seen);
  }
  return seen;
}

// From the face down to the ground; a file imports only what stands below it.
const LAYERS: readonly RegExp[] = [
  /^(?:index|memcached)\.ts$|^testing\//,
  /^create-cache\.ts$/,
  /^(?:cached|memoize)\.ts$/,
  /^(?:wrap|owner|metadata|require|require\.cjs)\.ts$/,
  /^(?:controls|cache|upkeep)\.ts$/,
  /^(?:refreshing|waiting|alone|computing|lookup)\.ts$/,
  /^(?:filling|forget|parts|call|lease|fail-open|signals)\.ts$/,
  /^backends\//,
  /^(?:options|freshness-options|function-kind|namespace)\.ts$/,
  /^(?:front|remembered|hash-table|hits)\.ts$/,
  /^key\//,
  /^(?:single-flight|owed|failures|freshness|polls)\.ts$/,
  /^(?:reentry|pending|entry|resident|events|backend|duration|prototypes)\.ts$/,
  /^recent\.ts$/,
  /^(?:option-checks|maybe-promise|clock|errors)\.ts$/,
];
const layerOf = (file: string): number => LAYERS.findIndex((layer) => layer.test(file));

describe('the structure', () => {
  test('every file has its layer', () => {
    expect(files.filter((file) => layerOf(file) < 0)).toEqual([]);
  });

  test('imports point downwards', () => {
    const upwards = files.flatMap((file) =>
      importsOf(file)
        .filter(({ target }) => files.includes(target) && layerOf(target) < layerOf(file))
        .map(({ target }) => `${file} imports ${target}`),
    );
    expect(upwards).toEqual([]);
  });

  test('no file needs itself', () => {
    expect(files.filter((file) => closure(file).has(file))).toEqual([]);
  });

  test('the journey knows no adapter, and the adapters no policy', () => {
    expect([...closure('cache.ts')].filter((file) => file.startsWith('backends/'))).toEqual([]);
    for (const file of files.filter((each) => each.startsWith('backends/'))) {
      expect([...closure(file)]).not.toContain('cache.ts');
    }
  });

  test('the main entry needs neither memjs, nor reflect-metadata, nor Node', () => {
    const needed = [...closure('index.ts')].filter((each) => !files.includes(each));
    expect(needed.sort()).toEqual(['@lukeed/ms', 'lru-cache']);
  });

  test('files are small', () => {
    const lines = files.map((file) => [file, text(file).split('\n').length - 1] as const);
    expect(lines.filter(([, count]) => count > 250)).toEqual([]);
    expect(lines.filter(([, count]) => count > 150).length).toBeLessThan(files.length / 2);
  });
});
