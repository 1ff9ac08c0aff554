import type { Backend } from './backend.js';
import { Resident, type Memory } from './resident.js';

/** What is remembered by one more argument: an entry, or by which arguments after it. */
class Level {
  readonly next = new Map<unknown, Seen | Level>();

  constructor(
    private readonly parent?: Level,
    private readonly argument?: unknown,
  ) {}

  /** Takes something out, and itself from where it stands if it then holds nothing. */
  delete(argument: unknown): void {
    this.next.delete(argument);
    if (this.next.size === 0) this.parent?.delete(this.argument);
  }
}

/** An entry that has answered, and the key under which it is stored. */
export class Seen implements Memory {
  constructor(
    readonly key: string,
    readonly entry: Resident,
    private readonly level: Level,
    private readonly argument: unknown,
  ) {}

  forget(): void {
    if (this.level.next.get(this.argument) === this) this.level.delete(this.argument);
  }
}

/**
 * The entries that have answered calls with one to three primitive arguments, by these: who finds one
 * here need build no key. A call finds here what it would find under its key, or nothing: what an entry
 * is remembered by goes with the entry, and so this holds no more than the store does.
 */
export class Front {
  // Each made when it is needed: there is a front for each object that a method is called on.
  #one: Level | undefined;
  #two: Level | undefined;
  #three: Level | undefined;

  find(count: number, a: unknown, b: unknown, c: unknown): Seen | undefined {
    if (count === 1) return this.#find1(a);
    if (count === 2) return this.#find2(a, b);
    return count === 3 ? this.#find3(a, b, c) : undefined;
  }

  #find1(a: unknown): Seen | undefined {
    if (isMinusZero(a)) return undefined; // a Map takes it for 0
    return this.#one?.next.get(a) as Seen | undefined;
  }

  #find2(a: unknown, b: unknown): Seen | undefined {
    if (isMinusZero(a) || isMinusZero(b)) return undefined;
    return (this.#two?.next.get(a) as Level | undefined)?.next.get(b) as Seen | undefined;
  }

  #find3(a: unknown, b: unknown, c: unknown): Seen | undefined {
    if (isMinusZero(a) || isMinusZero(b) || isMinusZero(c)) return undefined;
    const second = (this.#three?.next.get(a) as Level | undefined)?.next.get(b);
    return (second as Level | undefined)?.next.get(c) as Seen | undefined;
  }

  /** Remembers the entry of a call with these arguments. */
  learn(args: readonly unknown[], key: string, entry: Resident): void {
    let level = this.#rootOf(args.length);
    for (const arg of args.slice(0, -1)) {
      const next = (level.next.get(arg) as Level | undefined) ?? new Level(level, arg);
      level.next.set(arg, next);
      level = next;
    }
    const last = args.at(-1);
    const seen = new Seen(key, entry, level, last);
    level.next.set(last, seen);
    entry.memory = seen;
  }

  #rootOf(count: number): Level {
    if (count === 1) return (this.#one ??= new Level());
    if (count === 2) return (this.#two ??= new Level());
    return (this.#three ??= new Level());
  }
}

/** The front of a function, or of each object that it is called on, which it does not keep alive. */
export class Fronts {
  #own: Front | undefined;
  readonly #others = new WeakMap<object, Front>();

  constructor(
    private readonly backend: Backend,
    private readonly perInstance: boolean,
  ) {}

  of(self: unknown): Front | undefined {
    if (!this.perInstance || self === undefined) return this.#own;
    return isObject(self) ? this.#others.get(self) : undefined;
  }

  /** Remembers what is stored under the key of a call, if the call is of that kind. */
  learn(self: unknown, args: readonly unknown[], key: string): void {
    if (args.length === 0 || args.length > 3 || !args.every(isPlain)) return;
    const entry = this.#stored(key);
    // An entry is remembered by one list of arguments: there are others where the key is a template.
    if (!(entry instanceof Resident) || entry.memory !== undefined) return;
    this.#frontFor(self)?.learn(args, key, entry);
  }

  #frontFor(self: unknown): Front | undefined {
    if (!this.perInstance || self === undefined) return (this.#own ??= new Front());
    if (!isObject(self)) return undefined;
    const front = this.#others.get(self) ?? new Front();
    this.#others.set(self, front);
    return front;
  }

  #stored(key: string): unknown {
    try {
      return this.backend.get(key);
    } catch {
      return undefined; // the call's own look-up has met with it too, and told
    }
  }
}

function isObject(value: unknown): value is object {
  return value !== null && (typeof value === 'object' || typeof value === 'function');
}

function isPlain(value: unknown): boolean {
  if (value === null) return true;
  const type = typeof value;
  if (type === 'number') return !isMinusZero(value);
  return type === 'string' || type === 'boolean' || type === 'bigint';
}

function isMinusZero(value: unknown): boolean {
  return value === 0 && Object.is(value, -0);
}
