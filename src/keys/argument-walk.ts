import { KeyError } from '../errors.js';
import { messageOf, refusalOf } from './refusal.js';
import { pathText, type PathStep } from './path.js';
import { MAX_KEY_LENGTH } from './primitive.js';
import type { Shape } from './shape.js';
import { MINUS_ZERO, type Token } from './tokens.js';

export const MAX_DEPTH = 100;
export const MAX_PARTS = 10_000;

const LESS = 'pass less, or set the option `key`';
/** A longer list of tokens is not kept until the next walk. */
const MAX_REUSED_TOKENS = 1_024;

/**
 * State of one walk through arguments: the tokens read so far, the path to the value that is read now, how
 * much of the bounds is used up, and how it gives up. The walk of a key throws a `KeyError`; the walk of the
 * fast path, which reads plain data alone, returns `false` from every method that can fail.
 */
export class ArgumentWalk {
  /** Value at which the path starts: an argument's position, or a name. */
  root: number | string = 0;
  /** The first `count` of these are the tokens; the list is used again, and holds older ones behind. */
  tokens: Token[] = [];
  count = 0;
  /** How many objects are open. */
  depth = 0;
  /** The open objects, from the outside in, and the step to the part of each that is read now. */
  readonly #open: (object | undefined)[] = [];
  readonly #steps: (PathStep | undefined)[] = [];
  /** Shapes of the objects that were read last, by the positions of their tokens. */
  readonly #shapes: (Shape | undefined)[] = [];
  #parts = 0;
  #characters = 0;
  #thrown: KeyError | undefined;

  /** `plain`: for the fast path. */
  constructor(readonly plain: boolean) {}

  /** Begins a walk in which so many parts are read already. */
  begin(root: number | string, parts: number): void {
    this.depth = 0;
    if (this.tokens.length > MAX_REUSED_TOKENS) {
      this.tokens = [];
      this.#shapes.length = 0;
    }
    this.root = root;
    this.count = 0;
    this.#parts = parts;
    this.#characters = 0;
    this.#thrown = undefined;
  }

  /** Forgets the tokens, to read the next argument of the same list. */
  beginArgument(index: number): void {
    this.root = index;
    this.count = 0;
  }

  add(token: Token): void {
    this.tokens[this.count] = token;
    this.count += 1;
  }

  addShape(shape: Shape): void {
    if (this.plain) this.#shapes[this.count] = shape;
    this.add(shape);
  }

  /** The shape that an earlier walk has read in this place. */
  lastShape(): Shape | undefined {
    return this.#shapes[this.count];
  }

  addPrimitive(value: unknown): boolean {
    switch (typeof value) {
      case 'string':
        this.add(value);
        return this.countCharacters(value.length);
      case 'number':
        this.add(value === 0 && Object.is(value, -0) ? MINUS_ZERO : value);
        return true;
      case 'function':
      case 'symbol':
        return this.refuse(value);
      default:
        this.add(value as Token);
        return true;
    }
  }

  enter(object: object): boolean {
    const { depth } = this;
    if (depth === MAX_DEPTH) return this.fail(`nested deeper than ${MAX_DEPTH} levels; ${LESS}`);
    this.depth = depth + 1;
    if (this.plain) return true; // a circle ends at the bound
    for (let level = 0; level < depth; level += 1) {
      if (this.#open[level] === object) return this.#failCircular(level);
    }
    this.#open[depth] = object;
    this.#steps[depth] = undefined;
    return true;
  }

  leave(): void {
    this.depth -= 1;
  }

  /** Says which part of the innermost object is read next. */
  setStep(step: PathStep): void {
    this.#steps[this.depth - 1] = step;
  }

  countParts(parts: number): boolean {
    this.#parts += parts;
    return this.#parts <= MAX_PARTS || this.fail(`more than ${MAX_PARTS} parts in all; ${LESS}`);
  }

  /** Counts characters that will stand in the key. */
  countCharacters(characters: number): boolean {
    this.#characters += characters;
    return (
      this.#characters <= MAX_KEY_LENGTH ||
      this.fail(`a text of more than ${MAX_KEY_LENGTH} characters; ${LESS}`)
    );
  }

  refuse(value: unknown): boolean {
    if (this.plain) return false;
    const { what, advice } = refusalOf(value);
    return this.fail(`${what} has no identity that a key can hold; ${advice}`);
  }

  fail(problem: string): boolean {
    if (this.plain) return false;
    this.#thrown = new KeyError(`${this.#pathTo(this.depth)}: ${problem}`);
    throw this.#thrown;
  }

  /** The error to throw for one that was caught: our own as it is, any other as the cause of ours. */
  toKeyError(error: unknown): KeyError {
    if (this.#thrown !== undefined && error === this.#thrown) return this.#thrown;
    const problem = `threw when it was read${messageOf(error)}`;
    return new KeyError(`${this.#pathTo(this.depth)}: ${problem}`, { cause: error });
  }

  #failCircular(level: number): boolean {
    const target = this.#pathTo(level);
    this.depth -= 1;
    return this.fail(`refers back to ${target}, and a circular structure has no key; leave it out`);
  }

  #pathTo(depth: number): string {
    const steps = this.#steps.slice(0, depth).filter((step) => step !== undefined);
    const { root } = this;
    return pathText(typeof root === 'number' ? `argument ${root + 1}` : root, steps);
  }
}
