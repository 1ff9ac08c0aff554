import { shuffled } from './rounds.js';
import type { Does } from './contestants/contestant.js';

/** Something to measure once a round: nanoseconds per operation, or bytes per entry. */
export type Measure = () => number | Promise<number>;

export interface Entrant {
  readonly name: string;
  readonly does?: Does | undefined;
  readonly measure: Measure;
  /** What a reader has to know of this figure. */
  remark?(): string | undefined;
}

/** What is compared, on one ground. */
export interface Case {
  readonly group: string;
  readonly name: string;
  /** The place along a curve. */
  readonly x?: number;
  readonly limit: string;
  /** Where it needs not as many as the others. */
  readonly rounds?: number;
  prepare(): Promise<Prepared>;
}

export interface Prepared {
  readonly entrants: readonly Entrant[];
  /** Who could not do it, and why. */
  readonly missing?: Readonly<Record<string, string>>;
  close?(): unknown;
}

export interface Outcome {
  readonly group: string;
  readonly name: string;
  readonly x?: number | undefined;
  readonly limit: string;
  /** Its place among the cases, whose order each process run shuffles. */
  readonly place: number;
  /** What the case took, preparations included. */
  seconds: number;
  /** By contestant, one figure a round. */
  readonly figures: Record<string, number[]>;
  readonly does: Record<string, Does>;
  readonly remarks: Record<string, string>;
  readonly missing: Record<string, string>;
}

/**
 * Runs what is measured until it has been compiled, then answers a measurement of so many milliseconds.
 * Operations come in steps, such as as many as are in flight at once. The others' turns have pushed what
 * it works on out of the processor's caches: up to `afresh` operations bring it back, untimed.
 */
export async function warmedUp(
  took: (count: number) => number | Promise<number>,
  milliseconds: number,
  step = 1,
  afresh = 0,
): Promise<Measure> {
  let [count, pace] = [4 * step, Infinity];
  for (const until = performance.now() + 4 * milliseconds; performance.now() < until;) {
    const time = await took(count);
    pace = Math.min(pace, time / count);
    if (time < milliseconds / 8) count *= 2;
  }
  count = Math.max(1, Math.round(milliseconds / pace / step)) * step;
  return async () => {
    if (afresh > 0) await took(Math.min(afresh, count));
    return ((await took(count)) / count) * 1e6;
  };
}

/**
 * Each round measures everything once, in another order; the first one only warms up, unless it is the
 * only one. Who fails is left out, with the reason.
 */
export async function run(one: Case, place: number, rounds: number): Promise<Outcome> {
  const { group, name, x, limit } = one;
  const began = performance.now();
  const prepared = await one.prepare();
  const outcome: Outcome = {
    ...{ group, name, x, limit, place, seconds: 0 },
    ...{ figures: {}, does: {}, remarks: {}, missing: { ...prepared.missing } },
  };
  for (const { name: who, does } of prepared.entrants) {
    outcome.figures[who] = [];
    if (does !== undefined) outcome.does[who] = does;
  }
  globalThis.gc?.();
  for (let round = one.rounds === 1 ? 1 : 0; round <= (one.rounds ?? rounds); round += 1)
    for (const { name: who, measure } of shuffled(prepared.entrants)) {
      if (who in outcome.missing) continue;
      try {
        const figure = await measure();
        if (round > 0) outcome.figures[who]!.push(figure);
      } catch (error) {
        outcome.missing[who] = String(error instanceof Error ? error.message : error);
        outcome.figures[who] = [];
      }
    }
  for (const { name: who, remark } of prepared.entrants) {
    const said = remark?.();
    if (said !== undefined) outcome.remarks[who] = said;
  }
  await prepared.close?.();
  outcome.seconds = (performance.now() - began) / 1_000;
  return outcome;
}
