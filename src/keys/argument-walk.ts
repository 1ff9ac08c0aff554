import { KeyError } from '../errors.js';
import { BoundsError, messageOf, refusalOf } from './refusal.js';
import { pathText, type PathStep } from './path.js';
import { MAX_KEY_LENGTH } from './primitive.js';
import type { Shape } from './shape.js';
import { MINUS_ZERO, type Token } from './tokens.js';

export const MAX_DEPTH = 100;
export const MAX_PARTS = 10_000;

/** Length up to which a walk reuses the list of tokens of the walk before it. */
const MAX_REUSED_TOKENS = 1_024;

/**
 * State of one walk through arguments: the tokens read so far, the path to the current value, and the counts
 * of parts and characters. In the walk of a key, a method that fails throws a `KeyError`. In the walk of the
 * fast path, which reads plain data only, it returns `false`.
 */
export class ArgumentWalk {
  /** Start of the path: the position of an argument, or a name for messages. */
  root: number | string = 0;
  /** The first `count` elements are the tokens of this walk. The rest are left over from earlier walks. */
  tokens: Token[] = [];
  count = 0;
  /** Number of open objects: those that the walk has entered and not left. */
  depth = 0;
  /** The open objects, from the outside in, and for each the step to its current part. */
  readonly #open: (object | undefined)[] = [];
  readonly #steps: (PathStep | undefined)[] = [];
  /** Shapes that earlier walks have read, by the positions of their tokens. */
  readonly #shapes: (Shape | undefined)[] = [];
  #parts = 0;
  #characters = 0;
  #thrown: KeyError | undefined;

  /** `plain` selects the walk of the fast path. */
  constructor(readonly plain: boolean) {}

  /** Begins a walk. `parts` is the number of parts that are already counted. */
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

  /** Removes the tokens, and begins the next argument of the same list. */
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

  /** Returns the shape that an earlier walk has read at this position. */
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
      case 'bigint':
        this.add(value);
        return this.plain || this.countCharacters(`${value}`.length);
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
    if (depth === MAX_DEPTH) return this.#exceed(`is nested deeper than ${MAX_DEPTH} levels`);
    this.depth = depth + 1;
    if (this.plain) return true; // a circular structure ends at the limit of depth
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

  /** Sets the step from the innermost object to its next part. */
  setStep(step: PathStep): void {
    this.#steps[this.depth - 1] = step;
  }

  countParts(parts: number): boolean {
    this.#parts += parts;
    return (
      this.#parts <= MAX_PARTS || this.#exceed(`would give the key more than ${MAX_PARTS} parts`)
    );
  }

  /** Counts characters of the key. */
  countCharacters(characters: number): boolean {
    this.#characters += characters;
    return (
      this.#characters <= MAX_KEY_LENGTH ||
      this.#exceed(`would give the key more than ${MAX_KEY_LENGTH} characters`)
    );
  }

  /** Fails because the value has no identity. */
  refuse(value: unknown): boolean {
    if (this.plain) return false;
    const { what, kinds, advice } = refusalOf(value);
    return this.fail(`is ${what}, and a key cannot tell ${kinds} apart. ${advice}.`);
  }

  /** Fails with a message: the path to the current value, and `problem`, which begins with a verb. */
  fail(problem: string): boolean {
    if (this.plain) return false;
    this.#thrown = new KeyError(`${this.#pathTo(this.depth)} ${problem}`);
    throw this.#thrown;
  }

  /** Fails with a `BoundsError`: the path to the current value, and `problem`, which begins with a verb. */
  #exceed(problem: string): boolean {
    if (this.plain) return false;
    const path = this.#pathTo(this.depth);
    this.#thrown = new BoundsError(`${path} ${problem}. Pass less, or write a \`key\`.`);
    throw this.#thrown;
  }

  /** Returns the error of this walk unchanged, and wraps any other in a `KeyError`. */
  toKeyError(error: unknown): KeyError {
    if (this.#thrown !== undefined && error === this.#thrown) return this.#thrown;
    const problem = `threw when it was read${messageOf(error)}`;
    return new KeyError(`${this.#pathTo(this.depth)} ${problem}`, { cause: error });
  }

  #failCircular(level: number): boolean {
    const target = this.#pathTo(level);
    this.depth -= 1;
    return this.fail(
      `refers back to ${target}, and a circular structure has no key. Leave it out.`,
    );
  }

  #pathTo(depth: number): string {
    const steps = this.#steps.slice(0, depth).filter((step) => step !== undefined);
    const { root } = this;
    return pathText(typeof root === 'number' ? `argument ${root + 1}` : root, steps);
  }
}
