import type { Shape } from './shapes.js';

export type Call = (...args: unknown[]) => unknown;
/** Makes the calls numbered `begin` up to `end` (exclusive), and returns the sum of their values. */
export type Loop = (
  call: Call,
  keys: Int32Array,
  text: string,
  begin: number,
  end: number,
) => number | Promise<number>;

export interface Store {
  get(key: never): unknown;
  set(key: never, value: unknown): unknown;
}

/** The measured loop. Each contestant of each case has its own, so that `call` can be inlined. */
export function loopOf(shape: Shape, promised: boolean): Loop {
  const wait = promised ? 'await ' : '';
  return compiled<Loop>(
    ['call', 'keys', 'text', 'begin', 'end'],
    `const mask = keys.length - 1;
     let sum = 0;
     for (let at = begin; at < end; at += 1) {
       const i = keys[at & mask];
       sum += ${wait}call(${shape.args});
     }
     return sum;`,
    promised,
  );
}

/** Like `Loop`, but calls several functions in turn. */
export type Turns = (
  calls: readonly Call[],
  all: readonly (readonly unknown[])[],
  begin: number,
  end: number,
) => number | Promise<number>;

/**
 * The loop of a service: one call site serves several functions, as in a dispatcher. `all` holds lists of
 * arguments; their number is a power of two.
 */
export function turnsOf(shape: Shape, promised: boolean): Turns {
  const wait = promised ? 'await ' : '';
  return compiled<Turns>(
    ['calls', 'all', 'begin', 'end'],
    `const mask = all.length - 1;
     const count = calls.length;
     let turn = begin % count;
     let sum = 0;
     for (let at = begin; at < end; at += 1) {
       const given = all[at & mask];
       sum += ${wait}calls[turn](${shape.args});
       turn += 1;
       if (turn === count) turn = 0;
     }
     return sum;`,
    promised,
  );
}

/** The closure that people write by hand around a store. It stores promises as they are. */
export function handWritten(shape: Shape, key: string, store: Store, fn: Call): Call {
  const make = compiled<(store: Store, fn: Call) => Call>(
    ['store', 'fn'],
    `return (${shape.params}) => {
       const key = ${key};
       const found = store.get(key);
       if (found !== undefined) return found;
       const value = fn(${shape.params});
       store.set(key, value);
       return value;
     };`,
  );
  return make(store, fn);
}

/** The key function for a peer. */
export function keyOf(shape: Shape, key = shape.usual): Call {
  return compiled<() => Call>([], `return (${shape.params}) => ${key};`)();
}

/** A function with the parameters of the shape (and no rest parameters), closed over `around`. */
export function adapter(shape: Shape, body: string, around: object): Call {
  const names = Object.keys(around);
  const make = compiled<(...values: unknown[]) => Call>(
    names,
    `return (${shape.params}) => ${body};`,
  );
  return make(...(Object.values(around) as unknown[]));
}

let unique = 0;
/** The unique number keeps V8 from sharing type feedback between functions of the same source. */
function compiled<F>(names: readonly string[], body: string, promised = false): F {
  unique += 1;
  const source = `return ${promised ? 'async ' : ''}function (${names.join(', ')}) { /* ${unique} */ ${body} }`;
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- each has to be code of its own
  return (new Function(source) as () => F)();
}
