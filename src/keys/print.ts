import { encodePrimitive } from './primitive.js';
import type { Shape } from './shape.js';
import {
  ABSENT,
  ARRAY,
  HOLE,
  INSTANCE,
  MAP,
  MINUS_ZERO,
  NULL_PROTOTYPE,
  SET,
  TEXT,
  type Token,
} from './tokens.js';

/** Returns the text of the value whose tokens begin at `from`, in printable ASCII without spaces. */
export function printTokens(tokens: readonly Token[], from = 0): string {
  return new Printer(tokens, from).value();
}

class Printer {
  constructor(
    private readonly tokens: readonly Token[],
    private position: number,
  ) {}

  value(): string {
    const token = this.tokens[this.position++];
    if (typeof token !== 'object' || token === null) return encodePrimitive(token) ?? '';
    switch (token) {
      case MINUS_ZERO:
        return '-0';
      case ARRAY:
        return this.#array();
      case NULL_PROTOTYPE:
        return `null${this.value()}`;
      case MAP:
        return `Map{${this.#sorted(() => `${this.value()}:${this.value()}`)}}`;
      case SET:
        return `Set{${this.#sorted(() => this.value())}}`;
      case TEXT:
        return this.tokens[this.position++] as string;
      case INSTANCE:
        return `${this.tokens[this.position++] as string}<${this.value()}>`;
      default:
        return this.#object(token as Shape);
    }
  }

  #object({ labels, order }: Shape): string {
    const values = labels.map(() => this.#property());
    let text = '{';
    let comma = '';
    for (let i = 0; i < labels.length; i++) {
      const value = values[order[i] ?? 0];
      if (value === undefined) continue;
      text += comma + (labels[i] ?? '') + value;
      comma = ',';
    }
    return `${text}}`;
  }

  #property(): string | undefined {
    if (this.tokens[this.position] !== ABSENT) return this.value();
    this.position += 1;
    return undefined;
  }

  // The form is that of an array literal: a hole is empty, and a hole at the end is followed by a comma.
  #array(): string {
    const length = this.tokens[this.position++] as number;
    let text = '[';
    for (let index = 0; index < length; index++) {
      if (index > 0) text += ',';
      if (this.tokens[this.position] !== HOLE) text += this.value();
      else {
        this.position += 1;
        if (index === length - 1) text += ',';
      }
    }
    return `${text}]`;
  }

  #sorted(print: () => string): string {
    const size = this.tokens[this.position++] as number;
    return Array.from({ length: size }, print).sort().join(',');
  }
}
