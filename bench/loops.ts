import type { Shape } from './shapes.js';

export type Call = (...args: unknown[]) => unknown;
/** Makes the calls numbered `begin` up to `end`, and answers the sum of what they returned. */
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

/** The loop that is timed: one for each contestant of each case, so that `call` can be inlined. */
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

/** What people write by hand around a store; it keeps promises as they are. */
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

/** The key function that a peer is given. */
export function keyOf(shape: Shape, key = shape.usual): Call {
  return compiled<() => Call>([], `return (${shape.params}) => ${key};`)();
}

/** A closure around `around`, of the arity of the shape: no rest parameters. */
export function adapter(shape: Shape, body: string, around: object): Call {
  const names = Object.keys(around);
  const make = compiled<(...values: unknown[]) => Call>(
    names,
    `return (${shape.params}) => ${body};`,
  );
  return make(...(Object.values(around) as unknown[]));
}

let unique = 0;
/** The number keeps V8 from sharing one function's feedback with another of the same text. */
function compiled<F>(names: readonly string[], body: string, promised = false): F {
  unique += 1;
  const source = `return ${promised ? 'async ' : ''}function (${names.join(', ')}) { /* ${unique} */ ${body} }`;
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- each has to be code of its own
  return (new Function(source) as () => F)();
}
