import { ArgumentWalk } from '../keys/argument-walk.js';
import { walkArgument } from '../keys/object.js';
import type { Token } from '../keys/tokens.js';

/** Reads arguments into tokens. One reader serves all calls, one after another. */
export class ArgumentReader {
  readonly #walk = new ArgumentWalk(true);
  #reading = false;

  /** The tokens that were read last: the first `count` of these. */
  get tokens(): readonly Token[] {
    return this.#walk.tokens;
  }

  get count(): number {
    return this.#walk.count;
  }

  /** Reads plain data: primitives, and objects and arrays of them. Returns false for anything else. */
  read(args: readonly unknown[]): boolean {
    if (this.#reading || objectsInherit()) return false; // busy: a getter of an argument has led here
    this.#reading = true;
    const walk = this.#walk;
    try {
      walk.begin(0, args.length);
      for (const arg of args) if (!walkArgument(arg, walk)) return false;
      return true;
    } catch {
      return false; // it throws for whoever reads it: the key tells
    } finally {
      this.#reading = false;
    }
  }
}

const EMPTY = {};

/** True while all objects inherit properties that enumerate: then names that are read may be inherited. */
function objectsInherit(): boolean {
  for (const _ in EMPTY) return true;
  return false;
}
