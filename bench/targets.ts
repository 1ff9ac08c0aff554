import { SOCKET } from './cases-memcached.js';
import { STOCK } from './contestants/memcached.js';
import type { Result, Spread } from './stats.js';

/** What the design asks of a case, and what was measured. */
export interface Target {
  readonly what: string;
  readonly asked: string;
  readonly measured: Spread;
  readonly met: boolean;
}

interface Asked {
  readonly group: RegExp;
  readonly name?: RegExp;
  readonly text: (bound: number) => string;
  readonly bound: number;
  readonly most: boolean;
  measure(result: Result): Spread | undefined;
}

const US = 'memoaside';
const inverse = (spread: Spread | undefined): Spread | undefined =>
  spread && {
    median: 1 / spread.median,
    least: 1 / spread.greatest,
    greatest: 1 / spread.least,
  };

/** Time, as a multiple of the limit's. */
const most = (group: RegExp, bound: number, of = 'the limit'): Asked => ({
  ...{ group, bound, most: true, text: (n) => `at most ${n} × ${of}` },
  measure: ({ pair, limit }) => pair(US, limit),
});
/** Speed, as a multiple of another's. */
const least = (group: RegExp, bound: number, who: string, name?: RegExp): Asked => ({
  ...{ group, bound, most: false, text: (n) => `at least ${n} × as fast as ${who}` },
  ...(name && { name }),
  measure: ({ pair }) => inverse(pair(US, who)),
});

/** DESIGN 10, in its order. */
const ASKED: readonly Asked[] = [
  most(/^Sync hit: one/, 2),
  most(/^Sync hit: (two|three)/, 1, 'the limit and its string key'),
  least(/^Sync hit: (flat|nested)/, 2.5, 'Map, JSON key'),
  most(/^Async hit/, 1.5, 'a Map of promises'),
  most(/^Concurrent misses/, 2, 'one shared promise'),
  least(/^memcached hit/, 0.9, STOCK, /^1 at/),
  least(/^memcached hit/, 2, STOCK, /^(32|512) at/),
  most(/^Breaker open/, 2, 'the uncached call'),
];

export function targetsOf(results: readonly Result[]): Target[] {
  return ASKED.flatMap(({ group, name, text, bound, most: atMost, measure }) =>
    results
      .filter((result) => group.test(result.group) && (name?.test(result.name) ?? true))
      .flatMap((result) => {
        const measured = measure(result);
        if (measured === undefined) return [];
        const met = atMost ? measured.median <= bound : measured.median >= bound;
        const what = `${result.group}, ${result.name}`;
        return [{ what, asked: text(bound), measured, met }];
      }),
  );
}

/** Whether a peer does as much as memoaside does, so that memoaside is to be ahead of it. */
export function comparable(result: Result, who: string): boolean {
  const does = result.lines[who]?.does;
  return (
    does !== undefined &&
    does.bound &&
    does.ttl &&
    !who.startsWith(US) &&
    who !== result.limit &&
    who !== SOCKET
  );
}
