import { KeyError } from '../errors.js';
import { messageOf, refusal } from './describe.js';
import { pathText, type PathStep } from './path.js';
import { MAX_TEXT } from './primitive.js';

export const MAX_DEPTH = 100;
export const MAX_PARTS = 10_000;

const LESS = 'pass less, or set the option `key`';

/** An object that is being read, and the step to the part of it that is read now. */
interface OpenObject {
  readonly object: object;
  readonly above: OpenObject | undefined;
  readonly depth: number;
  step: PathStep | undefined;
}

/** Where an encoding stands inside its value, how much of its bounds is spent, and how it gives up. */
export class EncodingWalk {
  /** The value at which the path starts: an argument's position, or a name. */
  root: number | string;
  #innermost: OpenObject | undefined;
  #parts: number;
  #given: KeyError | undefined;

  constructor(root: number | string, parts = 0) {
    this.root = root;
    this.#parts = parts;
  }

  /** Whether the object that is read now is the root itself. */
  get atRoot(): boolean {
    return this.#innermost?.depth === 1;
  }

  enter(object: object): void {
    const above = this.#innermost;
    for (let frame = above; frame !== undefined; frame = frame.above) {
      if (frame.object === object) this.#failCircular(frame);
    }
    const depth = above === undefined ? 1 : above.depth + 1;
    if (depth > MAX_DEPTH) this.fail(`nested deeper than ${MAX_DEPTH} levels; ${LESS}`);
    this.#innermost = { object, above, depth, step: undefined };
  }

  leave(): void {
    this.#innermost = this.#innermost?.above;
  }

  /** Says which part of the innermost object is read next. */
  at(step: PathStep): void {
    if (this.#innermost !== undefined) this.#innermost.step = step;
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
    this.#given = new KeyError(`${this.#pathTo(this.#innermost)}: ${problem}`);
    throw this.#given;
  }

  /** The error to throw for one that was caught: our own as it is, any other as the cause of ours. */
  explain(error: unknown): KeyError {
    if (this.#given !== undefined && error === this.#given) return this.#given;
    const problem = `threw when it was read${messageOf(error)}`;
    return new KeyError(`${this.#pathTo(this.#innermost)}: ${problem}`, { cause: error });
  }

  #failCircular({ above }: OpenObject): never {
    const target = this.#pathTo(above);
    this.fail(`refers back to ${target}, and a circular structure has no key; leave it out`);
  }

  #pathTo(innermost: OpenObject | undefined): string {
    const steps: PathStep[] = [];
    for (let frame = innermost; frame !== undefined; frame = frame.above) {
      if (frame.step !== undefined) steps.unshift(frame.step);
    }
    const { root } = this;
    return pathText(typeof root === 'number' ? `argument ${root + 1}` : root, steps);
  }
}
