import { ours } from './contestants/ours.js';
import { stores } from './contestants/stores.js';
import type { Ground } from './hits.js';
import { type Call, loopOf } from './loops.js';
import { type Entrant, type Prepared, processorTime, warmedUp } from './measure.js';
import { sequential } from './orders.js';
import type { Shape } from './shapes.js';

/** Objects that the calls use in turn. They are built beforehand: building one takes longer than a look-up. */
const OBJECTS = 8;

/** Calls with an object of `fields` fields. A contestant that throws is marked as refusing. */
export async function prepareFields({ library, slice }: Ground, fields: number): Promise<Prepared> {
  const objects = Array.from({ length: OBJECTS }, (_, i) =>
    Object.fromEntries(Array.from({ length: fields }, (__, field) => [`field${field}`, i + field])),
  );
  const shape: Shape = {
    ...{ name: 'object', params: 'o', args: 'text[i]', key: 'JSON.stringify(o)' },
    ...{ usual: 'JSON.stringify(o)', template: 'o:{0.field0}', single: false, object: true },
    fn: (o: { field0: number }) => o.field0 + 1,
  };
  const { keys, sum } = sequential(OBJECTS);
  const entrants: Entrant[] = [];
  const missing: Record<string, string> = {};
  const contestants = [
    ...stores.filter(({ name }) => name === 'Map, JSON key' || name === 'lru-cache by hand'),
    ...ours.filter(({ name }) => name === 'memoaside'),
  ];
  for (const one of contestants) {
    let at = 0;
    const fn = shape.fn as Call;
    const call = await one.make({ library, shape, fn, max: 1_000, promised: false, closing: [] });
    if (call === undefined) continue;
    const loop = loopOf(shape, false);
    const took = async (calls: number): Promise<number> => {
      const began = processorTime();
      // The expression of the arguments reads the loop's `text`, which holds the objects here.
      const got = await loop(call, keys, objects as unknown as string, at, at + calls);
      const time = processorTime() - began;
      if (got !== sum(at, at + calls)) throw new Error('returned a wrong value');
      at += calls;
      return time;
    };
    try {
      const measure = await warmedUp(took, slice);
      entrants.push({ name: one.name, does: one.does, measure });
    } catch (error) {
      missing[one.name] = `refuses: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return { entrants, missing };
}
