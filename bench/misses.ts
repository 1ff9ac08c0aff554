import type { Contestant } from './contestants/contestant.js';
import { counted, type Ground } from './hits.js';
import { type Call, loopOf } from './loops.js';
import { type Entrant, type Prepared, processorTime, warmedUp } from './measure.js';
import { SHAPES } from './shapes.js';

/** The bound of a cache that is to be full. */
const MAX = 10_000;
/** The loop takes the call's own number as the argument, and no key from here. */
const NO_KEYS = new Int32Array(1);

export interface Misses {
  readonly callers: number;
  /** Keys that the callers share evenly. */
  readonly keys: number;
}

/** Batches of callers. The keys of a batch were never asked for before. */
export async function prepareMisses(
  { library, slice }: Ground,
  contestants: readonly Contestant[],
  { callers, keys }: Misses,
): Promise<Prepared> {
  const entrants: Entrant[] = [];
  const missing: Record<string, string> = {};
  const closing: (() => unknown)[] = [];
  for (const { name, does, tellsApart, make } of contestants) {
    let [computed, batches, next] = [0, 0, 0];
    const fn = async (n: number): Promise<number> => {
      computed += 1;
      await new Promise((resolve) => setImmediate(resolve));
      return n + 1;
    };
    const shape = SHAPES.number;
    // No contestant may evict a key while it is computed, nor keep every key there ever was.
    const max = Math.max(10_000, 2 * keys);
    const setting = { library, shape, fn: fn as Call, max, promised: true, closing };
    try {
      const call = await make(setting);
      if (call === undefined) continue;
      const batch = async (): Promise<void> => {
        const first = next;
        next += keys;
        batches += 1;
        const calls: unknown[] = [];
        for (let i = 0; i < callers; i += 1) calls.push(call(first + (i % keys)));
        const values = (await Promise.all(calls)) as number[];
        let sum = 0;
        for (const value of values) sum += value;
        const expected = callers * (first + 1) + ((keys - 1) * callers) / 2;
        if (sum !== expected) throw new Error('returned a wrong value');
      };
      const took = async (count: number): Promise<number> => {
        const began = performance.now();
        for (let i = 0; i < count; i += 1) await batch();
        return performance.now() - began;
      };
      const perBatch = await warmedUp(took, 2 * slice);
      const remark = (): string | undefined =>
        computed > batches * keys * 1.01
          ? `computed ${Math.round(computed / batches)} times`
          : undefined;
      const measure = async (): Promise<number> => (await perBatch()) / callers;
      const collisionFree = tellsApart?.(shape) ?? does.collisionFree;
      entrants.push({ name, does: { ...does, collisionFree }, measure, remark });
    } catch (error) {
      missing[name] = String(error);
    }
  }
  return { entrants, missing, close: () => closing.map((close) => close()) };
}

/** Calls one after another, each for a number that was never asked for before; the caches are full. */
export async function prepareDistinct(
  { library, slice }: Ground,
  contestants: readonly Contestant[],
  promised: boolean,
): Promise<Prepared> {
  const entrants: Entrant[] = [];
  const closing: (() => unknown)[] = [];
  const shape = { ...SHAPES.number, args: 'at' };
  for (const { name, does, tellsApart, make } of contestants) {
    const { fn, count } = counted(shape, promised);
    const call = await make({ library, shape, fn, max: MAX, promised, closing });
    if (call === undefined) continue;
    const loop = loopOf(shape, promised);
    let next = 0;
    const took = async (calls: number): Promise<number> => {
      const [from, before] = [next, count()];
      next += calls;
      const began = processorTime();
      const returned = loop(call, NO_KEYS, '', from, next);
      const sum = typeof returned === 'number' ? returned : await returned;
      const time = processorTime() - began;
      if (sum !== ((from + next + 1) * calls) / 2) throw new Error('returned a wrong value');
      if (count() - before !== calls) throw new Error('a call was no miss');
      return time;
    };
    await took(2 * MAX);
    const collisionFree = tellsApart?.(shape) ?? does.collisionFree;
    const measure = await warmedUp(took, 2 * slice);
    entrants.push({ name, does: { ...does, collisionFree }, measure });
  }
  return { entrants, close: () => closing.map((close) => close()) };
}
