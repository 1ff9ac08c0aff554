import { KeyError } from '../errors.js';
import { messageOf, refusal } from './describe.js';
import { pathText, type Step } from './path.js';
import { MAX_TEXT } from './primitive.js';

export const MAX_DEPTH = 100;
export const MAX_PARTS = 10_000;

const LESS = 'pass less, or set the option `key`';

/** Where an encoding stands inside its value, how much of its bounds is spent, and how it gives up. */
export class Walk {
  /** The value at which the path starts: an argument's position, or a name. */
  root: number | string;
  readonly #inside: object[] = [];
  // The step to the child that each of `#inside` is at; `undefined` before its first.
  readonly #steps: (Step | undefined)[] = [];
  #parts: number;
  #given: KeyError | undefined;

  constructor(root: number | string, parts = 0) {
    this.root = root;
    this.#parts = parts;
  }

  /** How many objects are around what is read now. */
  get depth(): number {
    return this.#inside.length;
  }

  enter(object: object): void {
    const index = this.#inside.indexOf(object);
    if (index >= 0) {
      const above = this.#pathTo(this.#steps.slice(0, index));
      this.fail(`refers back to ${above}, and a circular structure has no key; leave it out`);
    }
    if (this.#inside.length === MAX_DEPTH) {
      this.fail(`nested deeper than ${MAX_DEPTH} levels; ${LESS}`);
    }
    this.#inside.push(object);
    this.#steps.push(undefined);
  }

  leave(): void {
    this.#inside.pop();
    this.#steps.pop();
  }

  /** Says which child of the innermost object is read next. */
  at(step: Step): void {
    this.#steps[this.#steps.length - 1] = step;
  }

  count(parts: number): void {
    this.#parts += parts;
    if (this.#parts > MAX_PARTS) this.fail(`more than ${MAX_PARTS} parts in all; ${LESS}`);
  }

  fit(length: number): void {
    if (length > MAX_TEXT) this.fail(`a text of more than ${MAX_TEXT} characters; ${LESS}`);
  }

  refuse(value: unknown): never {
    const [what, advice] = refusal(value);
    return this.fail(`${what} has no identity that a key can hold; ${advice}`);
  }

  fail(problem: string): never {
    this.#given = new KeyError(`${this.#pathTo(this.#steps)}: ${problem}`);
    throw this.#given;
  }

  /** The error to throw for one that was caught: our own as it is, any other as the cause of ours. */
  explain(error: unknown): KeyError {
    if (this.#given !== undefined && error === this.#given) return this.#given;
    const problem = `threw when it was read${messageOf(error)}`;
    return new KeyError(`${this.#pathTo(this.#steps)}: ${problem}`, { cause: error });
  }

  #pathTo(steps: readonly (Step | undefined)[]): string {
    const { root } = this;
    return pathText(typeof root === 'number' ? `argument ${root + 1}` : root, steps);
  }
}
