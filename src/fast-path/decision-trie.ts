import type { Token } from '../keys/tokens.js';
import { isSameToken } from '../keys/tokens.js';

/** A leaf: anything with tokens. */
interface Leaf {
  readonly tokens: readonly Token[];
}

/** Tests the token at one position. */
class Branch<L extends Leaf> {
  readonly children = new Map<Token, Branch<L> | L>();
  constructor(readonly at: number) {}
}

type Node<L extends Leaf> = Branch<L> | L | undefined;

/**
 * Leaves by lists of tokens: a decision trie, whose branches test only the positions in which leaves differ,
 * and whose leaves are compared in full. So a find costs a few look-ups in Maps and builds nothing.
 */
export class DecisionTrie<L extends Leaf> {
  #root: Node<L>;

  get isEmpty(): boolean {
    return this.#root === undefined;
  }

  /** The leaf of the first `count` of these tokens. */
  find(tokens: readonly Token[], count: number): L | undefined {
    let node = this.#root;
    while (node instanceof Branch) {
      node = node.children.get(node.at < count ? tokens[node.at] : undefined);
    }
    if (node === undefined) return undefined;
    const own = node.tokens;
    if (own.length !== count) return undefined;
    for (let at = 0; at < count; at += 1) if (!isSameToken(own[at], tokens[at])) return undefined;
    return node;
  }

  /** `find` for two primitives: without a list of them. */
  findPair(first: Token, second: Token): L | undefined {
    let node = this.#root;
    while (node instanceof Branch) {
      node = node.children.get(node.at === 0 ? first : node.at === 1 ? second : undefined);
    }
    if (node === undefined) return undefined;
    const own = node.tokens;
    return own.length === 2 && isSameToken(own[0], first) && isSameToken(own[1], second)
      ? node
      : undefined;
  }

  /** Adds a leaf. Returns another one whose place it takes. */
  add(leaf: L): L | undefined {
    const { tokens } = leaf;
    let parent: Branch<L> | undefined;
    let node = this.#root;
    while (node instanceof Branch) {
      parent = node;
      node = node.children.get(tokens[node.at]);
    }
    if (node === undefined) {
      this.#replace(parent, tokens, leaf);
      return undefined;
    }
    const at = firstDifference(node.tokens, tokens);
    if (at === undefined) {
      this.#replace(parent, tokens, leaf);
      return node;
    }
    const branch = new Branch<L>(at);
    branch.children.set(node.tokens[at], node);
    branch.children.set(tokens[at], leaf);
    this.#replace(parent, tokens, branch);
    return undefined;
  }

  /** Removes a leaf that is in the trie. */
  remove(leaf: L): void {
    const { tokens } = leaf;
    let above: Branch<L> | undefined;
    let parent: Branch<L> | undefined;
    let node = this.#root;
    while (node instanceof Branch) {
      above = parent;
      parent = node;
      node = node.children.get(tokens[node.at]);
    }
    if (node !== leaf) return;
    if (parent === undefined) {
      this.#root = undefined;
      return;
    }
    parent.children.delete(tokens[parent.at]);
    if (parent.children.size > 1) return;
    const [only] = parent.children.values();
    if (only !== undefined) this.#replace(above, tokens, only);
  }

  #replace(parent: Branch<L> | undefined, tokens: readonly Token[], node: Branch<L> | L): void {
    if (parent === undefined) this.#root = node;
    else parent.children.set(tokens[parent.at], node);
  }
}

function firstDifference(a: readonly Token[], b: readonly Token[]): number | undefined {
  const length = Math.max(a.length, b.length);
  for (let at = 0; at < length; at += 1) if (!isSameToken(a[at], b[at])) return at;
  return undefined;
}
