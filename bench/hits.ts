import type { Built } from './built.js';
import type { Contestant } from './contestants/contestant.js';
import { type Call, loopOf } from './loops.js';
import { type Entrant, type Prepared, processorTime, warmedUp } from './measure.js';
import { each, type Order } from './orders.js';
import { type Shape, textOf } from './shapes.js';

export interface Ground {
  readonly library: Built;
  /** The library of another checkout, to be measured beside it. */
  readonly other?: Built | undefined;
  /** Milliseconds of one measurement. */
  readonly slice: number;
}

export interface Hits {
  readonly shape: Shape;
  readonly size: number;
  readonly order: Order;
  readonly promised: boolean;
  readonly max?: number;
}

/** Fills every contestant's cache, and finds the number of calls that fill a slice. */
export async function prepareHits(
  { library, slice }: Ground,
  contestants: readonly Contestant[],
  hits: Hits,
): Promise<Prepared> {
  const entrants: Entrant[] = [];
  const missing: Record<string, string> = {};
  const closing: (() => unknown)[] = [];
  const text = textOf(Math.max(hits.size, 8));
  for (const contestant of contestants) {
    const most = contestant.maxKeys?.(hits.shape) ?? Infinity;
    if (hits.size > most) {
      missing[contestant.name] = `left out above ${most} keys`;
      continue;
    }
    try {
      const entrant = await entrantOf(contestant, { library, slice }, hits, text, closing);
      if (entrant !== undefined) entrants.push(entrant);
    } catch (error) {
      missing[contestant.name] = String(error);
    }
  }
  return { entrants, missing, close: () => closing.map((close) => close()) };
}

/** The function of a shape, which counts how often it is computed. */
export function counted(
  shape: Shape,
  promised: boolean,
  name = 'find',
): { readonly fn: Call; readonly count: () => number } {
  let computed = 0;
  const plain = shape.fn as Call;
  const compute: Call = (...args) => {
    computed += 1;
    return plain(...args);
  };
  const fn: Call = promised ? async (...args) => compute(...args) : compute;
  // Some peers look at the number of parameters.
  Object.defineProperties(fn, { length: { value: plain.length }, name: { value: name } });
  return { fn, count: () => computed };
}

async function entrantOf(
  { name, does, tellsApart, make }: Contestant,
  { library, slice }: Ground,
  { shape, size, order, promised, max = 200_000 }: Hits,
  text: string,
  closing: (() => unknown)[],
): Promise<Entrant | undefined> {
  const { fn, count } = counted(shape, promised);
  const call = await make({ library, shape, fn, max, promised, closing });
  if (call === undefined) return undefined;

  const loop = loopOf(shape, promised);
  let at = 0;
  const took = async (calls: number): Promise<number> => {
    const [from, before] = [at, count()];
    at += calls;
    const began = processorTime();
    const returned = loop(call, order.keys, text, from, at);
    const sum = typeof returned === 'number' ? returned : await returned;
    const time = processorTime() - began;
    if (sum !== order.sum(from, at)) throw new Error('returned a wrong value');
    if (count() !== before) throw new Error(`has missed ${count() - before} of ${calls} calls`);
    return time;
  };
  const filling = each(size);
  await loopOf(shape, promised)(call, filling.keys, text, 0, size);
  await new Promise((resolve) => setImmediate(resolve));

  const collisionFree = tellsApart?.(shape) ?? does.collisionFree;
  return { name, does: { ...does, collisionFree }, measure: await warmedUp(took, slice, 1, size) };
}
