import type { Does } from './contestants/contestant.js';
import type { Outcome } from './measure.js';

/** A median with the least and the greatest value. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly greatest: number;
}

export interface Line {
  /** The figure divided by the limit's figure of the same round. */
  readonly ratio: Spread;
  /** Nanoseconds per operation, or bytes per entry, on this machine and on that day. */
  readonly absolute: Spread;
  readonly does?: Does | undefined;
  readonly remark?: string | undefined;
}

/** A case over all process runs. */
export interface Result {
  readonly group: string;
  readonly name: string;
  readonly x?: number | undefined;
  readonly limit: string;
  readonly lines: Readonly<Record<string, Line>>;
  readonly missing: Readonly<Record<string, string>>;
  /** Duration of one process run, with preparation. */
  readonly seconds: number;
  /** The ratio of two contestants, round by round. */
  pair(a: string, b: string): Spread | undefined;
  /** The median of that ratio in each process run. */
  pairs(a: string, b: string): number[];
  /** Each process run's median of a contestant. */
  medians(name: string): (number | undefined)[];
}

/** Merges the process runs, case by case. */
export function combined(runs: readonly (readonly Outcome[])[]): Result[] {
  const cases = new Map<string, Outcome[]>();
  for (const outcome of runs.flat().sort((a, b) => a.place - b.place)) {
    const name = `${outcome.group}, ${outcome.name}`;
    cases.set(name, [...(cases.get(name) ?? []), outcome]);
  }
  return [...cases.values()].map(resultOf);
}

function resultOf(outcomes: Outcome[]): Result {
  const { group, name, x, limit } = outcomes[0]!;
  const merged = <K extends 'does' | 'remarks' | 'missing'>(part: K): Outcome[K] =>
    Object.assign({}, ...outcomes.map((outcome) => outcome[part])) as Outcome[K];
  const [does, remarks, missing] = [merged('does'), merged('remarks'), merged('missing')];

  const ratios = ({ figures }: Outcome, a: string, b: string): number[] =>
    (figures[a] ?? []).flatMap((figure, round) => {
      const other = figures[b]?.[round];
      return other === undefined ? [] : [figure / other];
    });
  const pair = (a: string, b: string): Spread | undefined =>
    spreadOf(outcomes.flatMap((outcome) => ratios(outcome, a, b)));
  const pairs = (a: string, b: string): number[] =>
    outcomes.flatMap((outcome) => spreadOf(ratios(outcome, a, b))?.median ?? []);
  const lines: Record<string, Line> = {};
  for (const who of new Set(outcomes.flatMap(({ figures }) => Object.keys(figures)))) {
    const ratio = pair(who, limit);
    const absolute = spreadOf(outcomes.flatMap(({ figures }) => figures[who] ?? []));
    if (who in missing || ratio === undefined || absolute === undefined) continue;
    lines[who] = { ratio, absolute, does: does[who], remark: remarks[who] };
  }
  const medians = (who: string): (number | undefined)[] =>
    outcomes.map(({ figures }) => spreadOf(figures[who] ?? [])?.median);
  const seconds = Math.max(...outcomes.map((outcome) => outcome.seconds));
  return { group, name, x, limit, seconds, lines, missing, pair, pairs, medians };
}

export function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const [least, greatest] = [sorted[0]!, sorted.at(-1)!];
  const middle = sorted.length >> 1;
  const median =
    sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, least, greatest };
}

/** Rounded to three significant digits. */
export function digits(value: number): string {
  if (value >= 1e5) return value.toExponential(1);
  if (value >= 100) return value.toFixed(0);
  return value.toFixed(value >= 10 ? 1 : 2);
}

export function written({ median, least, greatest }: Spread): string {
  return `${digits(median)} [${digits(least)}–${digits(greatest)}]`;
}
