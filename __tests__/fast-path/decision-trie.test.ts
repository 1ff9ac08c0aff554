import fc from 'fast-check';
import { DecisionTrie } from '../../src/fast-path/decision-trie.js';
import type { Token } from '../../src/keys/tokens.js';

interface Leaf {
  readonly tokens: readonly Token[];
}

const token = fc.constantFrom<Token>(0, 1, 2, 'a', 'b', NaN, null, true, 1n, undefined);
const tokens = fc.array(token, { minLength: 0, maxLength: 4 });
const step = fc.record({ add: fc.boolean(), tokens });

test('a trie finds what a list of all entries finds, after any additions and removals', () => {
  const name = (list: readonly Token[]): string =>
    JSON.stringify(list.map((each) => [typeof each, String(each as number)]));
  /** Without trailing `undefined`, which no two different keys differ in. */
  const trimmed = (list: readonly Token[]): readonly Token[] =>
    list.length > 0 && list.at(-1) === undefined ? trimmed(list.slice(0, -1)) : list;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.array(tokens), (steps, others) => {
      const trie = new DecisionTrie<Leaf>();
      const model = new Map<string, Leaf>();
      for (const { add, tokens: given } of steps) {
        const list = trimmed(given);
        if (add) {
          const entry = { tokens: list };
          expect(trie.add(entry)).toBe(model.get(name(list)));
          model.set(name(list), entry);
        } else {
          const entry = model.get(name(list));
          if (entry !== undefined) trie.remove(entry);
          model.delete(name(list));
        }
      }
      for (const given of [...others, ...steps.map((each) => each.tokens)]) {
        const list = trimmed(given);
        const found = trie.find([...list, 'stale'], list.length);
        expect(found).toBe(model.get(name(list)));
        if (list.length === 2) expect(trie.findPair(list[0], list[1])).toBe(found);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('a trie from which every entry was removed holds nothing', () => {
  const trie = new DecisionTrie<Leaf>();
  const entries = Array.from({ length: 500 }, (_, n): Leaf => ({ tokens: [n % 7, `n${n}`, n] }));
  for (const entry of entries) trie.add(entry);
  for (const entry of entries) trie.remove(entry);
  expect(trie.isEmpty).toBe(true);
});
