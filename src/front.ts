import type { Backend } from './backend.js';
import { Resident } from './resident.js';

/** An entry that has answered, and the key under which it is stored. */
export interface Seen {
  readonly key: string;
  readonly entry: Resident;
}

type Level = Map<unknown, Seen | Level>;

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
    return this.#one?.get(a) as Seen | undefined;
  }

  #find2(a: unknown, b: unknown): Seen | undefined {
    if (isMinusZero(a) || isMinusZero(b)) return undefined;
    return (this.#two?.get(a) as Level | undefined)?.get(b) as Seen | undefined;
  }

  #find3(a: unknown, b: unknown, c: unknown): Seen | undefined {
    if (isMinusZero(a) || isMinusZero(b) || isMinusZero(c)) return undefined;
    const second = (this.#three?.get(a) as Level | undefined)?.get(b) as Level | undefined;
    return second?.get(c) as Seen | undefined;
  }

  /** Remembers the entry of a call with these arguments. */
  learn(args: readonly unknown[], key: string, entry: Resident): void {
    const root = this.#rootOf(args.length);
    const path: Level[] = [root];
    let level = root;
    for (const arg of args.slice(0, -1)) {
      const next = (level.get(arg) as Level | undefined) ?? newLevel();
      level.set(arg, next);
      path.push(next);
      level = next;
    }
    level.set(args.at(-1), { key, entry });
    entry.onGone = () => {
      forget(path, args, entry);
    };
  }

  #rootOf(count: number): Level {
    if (count === 1) return (this.#one ??= newLevel());
    if (count === 2) return (this.#two ??= newLevel());
    return (this.#three ??= newLevel());
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
    if (!(entry instanceof Resident) || entry.onGone !== undefined) return;
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

function newLevel(): Level {
  return new Map<unknown, Seen | Level>();
}

function isObject(value: unknown): value is object {
  return value !== null && (typeof value === 'object' || typeof value === 'function');
}

/** Takes an entry out, and the levels that hold nothing any more. */
function forget(path: readonly Level[], args: readonly unknown[], entry: Resident): void {
  for (const [up, level] of [...path].reverse().entries()) {
    const arg = args[path.length - 1 - up];
    const there = level.get(arg);
    const gone = there instanceof Map ? there.size === 0 : there?.entry === entry;
    if (gone) level.delete(arg);
  }
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
