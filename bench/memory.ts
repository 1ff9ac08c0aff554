import type { Contestant } from './contestants/contestant.js';
import type { Ground } from './hits.js';
import { type Call, loopOf } from './loops.js';
import type { Prepared } from './measure.js';
import { each } from './orders.js';
import { SHAPES, textOf } from './shapes.js';

/** Bytes of an entry, with its key, in a cache of numbers under short strings. */
export async function prepareMemory(
  { library }: Ground,
  contestants: readonly Contestant[],
  size: number,
): Promise<Prepared> {
  const shape = SHAPES.string;
  const text = textOf(size);
  const { keys } = each(size);
  const closing: (() => unknown)[] = [];
  const measured = async ({ make }: Contestant): Promise<number> => {
    const fn = shape.fn as Call;
    const loop = loopOf(shape, false);
    await loop(fn, keys, text, 0, 16);
    const before = await used(); // some allocate room for all entries at once
    const call = await make({ library, shape, fn, max: size, promised: false, closing });
    if (call === undefined) throw new Error('cannot do it');
    await loop(call, keys, text, 0, size);
    const after = await used();
    if (call(text.slice(0, 10)) !== 1) throw new Error('returned a wrong value');
    for (const close of closing.splice(0)) close();
    return (after - before) / size;
  };
  return {
    entrants: contestants.map((one) => ({
      name: one.name,
      does: one.does,
      measure: () => measured(one),
    })),
  };
}

async function used(): Promise<number> {
  if (globalThis.gc === undefined) throw new Error('memory is measured with --expose-gc');
  for (let i = 0; i < 3; i += 1) {
    await new Promise((resolve) => setImmediate(resolve)); // the current turn may still hold references
    globalThis.gc();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
