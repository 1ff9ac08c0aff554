import { shuffled } from './rounds.js';
import type { Does } from './contestants/contestant.js';

/** Measures once: nanoseconds per operation, or bytes per entry. */
export type Measure = () => number | Promise<number>;

export interface Entrant {
  readonly name: string;
  readonly does?: Does | undefined;
  readonly measure: Measure;
  /** A note for the reader beside this figure. */
  remark?(): string | undefined;
}

/** One comparison of contestants. */
export interface Case {
  readonly group: string;
  readonly name: string;
  /** The place on the x axis of a curve. */
  readonly x?: number;
  readonly limit: string;
  /** Rounds a process run, if not as many as in other cases. */
  readonly rounds?: number;
  prepare(): Promise<Prepared>;
}

export interface Prepared {
  readonly entrants: readonly Entrant[];
  /** Contestants that could not do the case, with the reason. */
  readonly missing?: Readonly<Record<string, string>>;
  close?(): unknown;
}

export interface Outcome {
  readonly group: string;
  readonly name: string;
  readonly x?: number | undefined;
  readonly limit: string;
  /** The place among the cases before each process run shuffled them. */
  readonly place: number;
  /** Duration of the case, with preparation. */
  seconds: number;
  /** One figure a round, by contestant. */
  readonly figures: Record<string, number[]>;
  readonly does: Record<string, Does>;
  readonly remarks: Record<string, string>;
  readonly missing: Record<string, string>;
}

/**
 * Milliseconds of processor time that this process has used. In process nothing waits, so this is the time
 * that a measurement takes, less the time that other processes took from it.
 */
export function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/**
 * Runs `took` until its code is compiled, then returns a measurement that lasts about `milliseconds`.
 * The count of operations is a multiple of `step`, for instance of the calls in flight at once. Meanwhile
 * the other contestants have replaced the processor's caches: up to `afresh` untimed operations refill them.
 */
export async function warmedUp(
  took: (count: number) => number | Promise<number>,
  milliseconds: number,
  step = 1,
  afresh = 0,
): Promise<Measure> {
  let [count, pace] = [4 * step, Infinity];
  // A busy machine may take all the time away after the first few calls: only time that was measured counts.
  for (let spent = 0; spent < 4 * milliseconds || pace === Infinity;) {
    const time = await took(count);
    spent += time;
    if (time < milliseconds / 8) count *= 2;
    else pace = Math.min(pace, time / count);
  }
  count = Math.max(1, Math.round(milliseconds / pace / step)) * step;
  return async () => {
    if (afresh > 0) await took(Math.min(afresh, count));
    return ((await took(count)) / count) * 1e6;
  };
}

/**
 * Measures every contestant once a round, in a random order. The first round only warms up, unless there is
 * only one. A contestant that fails is left out, with the reason.
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
