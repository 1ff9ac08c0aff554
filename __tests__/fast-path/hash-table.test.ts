import fc from 'fast-check';
import { HashTable } from '../../src/fast-path/hash-table.js';
import { LruEntry } from '../../src/backends/lru/lru-entry.js';

function entryOf(hash: number, forget: (entry: LruEntry) => void): LruEntry {
  const entry = new LruEntry('', { value: hash, freshUntil: Infinity });
  entry.hash = hash;
  entry.memory = { forget };
  return entry;
}

/** A table with these hashes in it, and one that forgets as its users do. */
function tableOf(hashes: Iterable<number>): HashTable {
  const table = new HashTable();
  for (const hash of hashes) {
    table.add(
      entryOf(hash, (entry) => {
        table.delete(entry);
      }),
    );
  }
  return table;
}

const steps = fc.constantFrom(1, 3, 32, 4_096, 65_537, 2 ** 20, 0x9e3779b1 | 0);
const steered = fc.record({
  step: steps,
  actions: fc.array(fc.record({ adds: fc.boolean(), n: fc.integer({ min: -300, max: 300 }) }), {
    size: 'max',
    maxLength: 2_000,
  }),
});

test('holds what a Map would hold', () => {
  fc.assert(
    fc.property(steered, ({ step, actions }) => {
      const table = new HashTable();
      const model = new Map<number, LruEntry>();
      const forget = (entry: LruEntry): void => {
        table.delete(entry);
        model.delete(entry.hash);
      };
      for (const { adds, n } of actions) {
        const hash = Math.imul(n, step);
        if (adds) {
          const entry = entryOf(hash, forget);
          table.add(entry);
          model.set(hash, entry);
        } else model.get(hash)?.beForgotten();
        const other = Math.imul(n + 1, step);
        expect(table.find(other)).toBe(model.get(other));
        expect([undefined, model.get(hash)]).toContain(table.atHome(hash));
      }
      expect(new Set(table)).toEqual(new Set(model.values()));
    }),
    { numRuns: 20 },
  );
});

test.each([1, 64, 1_024, 4_096])('most multiples of %i are at home', (step) => {
  const table = tableOf(Array.from({ length: 10_000 }, (_, n) => n * step));
  const found = [...table].filter(({ hash }) => table.atHome(hash) !== undefined);
  expect(found.length).toBeGreaterThan(5_000);
});

test('hashes that have one home are all found, and leave nothing behind', () => {
  const hashes = Array.from({ length: 5_000 }, (_, n) => (n << 15) | (n & 0x7fff));
  const table = tableOf(hashes);
  for (const hash of hashes) expect(table.find(hash)?.hash).toBe(hash);
  for (const entry of [...table]) entry.beForgotten();
  expect([...table]).toEqual([]);
  for (const hash of hashes) expect(table.find(hash)).toBeUndefined();
});

test('too many collisions are told from chance', () => {
  const collides = (hashes: readonly number[]): boolean => tableOf(hashes).collides;
  expect(collides(Array.from({ length: 1_000 }, (_, n) => n))).toBe(false);
  expect(collides(Array.from({ length: 1_000 }, (_, n) => (n % 100 === 0 ? 0 : n)))).toBe(false);
  expect(collides(Array.from({ length: 1_000 }, (_, n) => n % 500))).toBe(true);
});
