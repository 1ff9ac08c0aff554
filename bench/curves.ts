import { type Curve, CURVES } from './growth.js';
import { type Result, type Spread, spreadOf } from './stats.js';

export interface Point {
  readonly x: number;
  readonly who: string;
  /** Multiple of the limit's figure at the curve's `at`, in the same process run. */
  readonly multiple: Spread;
}

export interface Drawn extends Curve {
  readonly points: readonly Point[];
  /** Contestants that could not do an x, with the reason. */
  readonly missing: readonly { readonly x: number; readonly who: string; readonly why: string }[];
}

/** The curves of which at least one point was measured. */
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
