import type { Contestant } from './contestants/contestant.js';
import type { Ground } from './hits.js';
import type { Call } from './loops.js';
import { type Entrant, type Prepared, warmedUp } from './measure.js';
import { SHAPES } from './shapes.js';

export interface Misses {
  readonly callers: number;
  /** Keys among which the callers are shared out evenly. */
  readonly keys: number;
}

/** Batches of callers, each batch for keys that were never asked for before. */
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
    // No contestant may evict a key while it is computed, nor keep all that ever were.
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
