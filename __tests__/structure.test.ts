import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const ROOT = join(__dirname, '..');
const SRC = join(ROOT, 'src');
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.replaceAll('\\', '/'))
  .sort();

/**
 * The arrows between the rooms of the house: a folder, or a file directly in `src`, may import what is
 * listed here, and the ground. Types count as well.
 */
const ARROWS: Record<string, readonly string[]> = {
  index: ['api', 'backends/lru', 'backends/tiered', 'options', 'keys', 'events'],
  memcached: ['backends/memcached'],
  api: ['cache', 'journey', 'fast-path', 'resilience', 'flight', 'backends', 'backends/lru'].concat(
    ['options', 'keys', 'events'],
  ),
  cache: ['journey', 'flight'],
  journey: ['resilience', 'flight', 'options', 'events'],
  'fast-path': ['backends/lru', 'flight', 'keys', 'events'],
  'backends/tiered': ['backends', 'options'],
  'backends/memcached': ['options', 'events'],
  backends: ['backends/lru', 'resilience', 'flight'],
  'backends/lru': ['options'],
  resilience: ['flight', 'events'],
  options: ['keys', 'events'],
  flight: ['keys'],
  keys: [],
  events: [],
  testing: [],
};
/** What every room stands on, from the top down. */
const GROUND = ['backend', 'entry', 'errors', 'platform'];

/** The room of a file: its folder; the folders inside `backends/memcached` are one room. */
function roomOf(file: string): string {
  const folder = dirname(file);
  if (folder === '.') return file.replace(/\.ts$/, '');
  return folder.startsWith('backends/memcached') ? 'backends/memcached' : folder;
}

interface Import {
  readonly target: string;
  readonly typeOnly: boolean;
}

const text = (file: string): string => readFileSync(join(SRC, file), 'utf8');

/** The modules that a file imports or re-exports, ours and others. */
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

/** The arrows between folders that the imports draw, those inside `backends/memcached` included. */
function drawnArrows(folderOf: (file: string) => string): Map<string, Set<string>> {
  const drawn = new Map<string, Set<string>>();
  for (const file of files) {
    const from = folderOf(file);
    const targets = drawn.get(from) ?? new Set();
    drawn.set(from, targets);
    for (const { target } of importsOf(file)) {
      if (files.includes(target) && folderOf(target) !== from) targets.add(folderOf(target));
    }
  }
  return drawn;
}

function reaches(arrows: Map<string, Set<string>>, from: string, goal: string): boolean {
  const seen = new Set<string>();
  const open = [...(arrows.get(from) ?? [])];
  for (let room = open.pop(); room !== undefined; room = open.pop()) {
    if (room === goal) return true;
    if (seen.has(room)) continue;
    seen.add(room);
    open.push(...(arrows.get(room) ?? []));
  }
  return false;
}

describe('the structure', () => {
  test('every room has its arrows listed, and no arrow is listed that is not drawn', () => {
    const drawn = drawnArrows(roomOf);
    const rooms = [...drawn.keys()].filter((room) => !GROUND.includes(room));
    expect(Object.keys(ARROWS).sort()).toEqual(rooms.sort());
    const idle = Object.entries(ARROWS).flatMap(([room, targets]) =>
      targets.filter((target) => !drawn.get(room)?.has(target)).map((to) => `${room} -> ${to}`),
    );
    expect(idle).toEqual([]);
  });

  test('every import follows an arrow', () => {
    const strays = files.flatMap((file) => {
      const room = roomOf(file);
      const level = GROUND.indexOf(room);
      const allowed = level < 0 ? [...(ARROWS[room] ?? []), ...GROUND] : GROUND.slice(level + 1);
      return importsOf(file)
        .filter(({ target }) => files.includes(target) && roomOf(target) !== room)
        .filter(({ target }) => !allowed.includes(roomOf(target)))
        .map(({ target }) => `${file} imports ${target}`);
    });
    expect(strays).toEqual([]);
  });

  test('no folder is part of a circle, nor is a file', () => {
    const folderOf = (file: string): string => (dirname(file) === '.' ? file : dirname(file));
    const arrows = drawnArrows(folderOf);
    expect([...arrows.keys()].filter((room) => reaches(arrows, room, room))).toEqual([]);
    expect(files.filter((file) => closure(file).has(file))).toEqual([]);
  });

  test('the main entry needs neither memjs, nor reflect-metadata, nor Node', () => {
    const needed = [...closure('index.ts')].filter((each) => !files.includes(each));
    expect(needed.sort()).toEqual(['@lukeed/ms']);
  });

  test('src shows at most nine folders beside testing, and eight files', () => {
    const top = readdirSync(SRC, { withFileTypes: true });
    const folders = top.filter((each) => each.isDirectory() && each.name !== 'testing');
    expect(folders.length).toBeLessThanOrEqual(9);
    expect(top.filter((each) => each.isFile()).length).toBeLessThanOrEqual(8);
    const sizes = new Map<string, number>();
    for (const file of files) sizes.set(dirname(file), (sizes.get(dirname(file)) ?? 0) + 1);
    expect([...sizes].filter(([, count]) => count > 16)).toEqual([]);
  });

  test('files are small', () => {
    const lines = files.map((file) => [file, text(file).split('\n').length - 1] as const);
    expect(lines.filter(([, count]) => count > 250)).toEqual([]);
    expect(lines.filter(([, count]) => count > 150).length).toBeLessThan(files.length / 2);
  });
});
