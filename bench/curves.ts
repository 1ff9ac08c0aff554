import { type Curve, CURVES } from './growth.js';
import { type Result, type Spread, spreadOf } from './stats.js';

export interface Point {
  readonly x: number;
  readonly who: string;
  /** Multiples of the curve's limit at the curve's `at`, of the same process run. */
  readonly multiple: Spread;
}

export interface Drawn extends Curve {
  readonly points: readonly Point[];
  /** Who could not do which x, and why. */
  readonly missing: readonly { readonly x: number; readonly who: string; readonly why: string }[];
}

/** The curves that have been measured. */
export function curvesOf(results: readonly Result[]): Drawn[] {
  return Object.values<Curve>(CURVES).flatMap((curve) => {
    const cases = results.filter(({ group }) => group === curve.title).sort((a, b) => a.x! - b.x!);
    const unit = cases.find(({ x }) => x === curve.at) ?? cases[0];
    if (unit === undefined) return [];
    const [at, one] = [unit.x!, unit.medians(curve.limit)];
    const points = cases.flatMap((result) =>
      Object.keys(result.lines).flatMap((who) => {
        const multiple = spreadOf(
          result.medians(who).flatMap((figure, run) => {
            const of = one[run];
            return figure === undefined || of === undefined ? [] : [figure / of];
          }),
        );
        return multiple === undefined ? [] : [{ x: result.x!, who, multiple }];
      }),
    );
    const missing = cases.flatMap(({ x, missing: gone }) =>
      Object.entries(gone).map(([who, why]) => ({ x: x!, who, why })),
    );
    return [{ ...curve, at, points, missing }];
  });
}
