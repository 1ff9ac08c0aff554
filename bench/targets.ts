import { SOCKET } from './cases-memcached.js';
import { STOCK } from './contestants/memcached.js';
import { OTHER, US } from './contestants/ours.js';
import type { Result, Spread } from './stats.js';

/** A requirement of the design on a case, beside the measured figure. */
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

const inverse = (spread: Spread | undefined): Spread | undefined =>
  spread && {
    median: 1 / spread.median,
    least: 1 / spread.greatest,
    greatest: 1 / spread.least,
  };

/** Requires a time of at most `bound` times the limit's. */
const most = (group: RegExp, bound: number, of: string, name?: RegExp): Asked => ({
  ...{ group, bound, most: true, text: (n) => `at most ${n} × ${of}` },
  ...(name && { name }),
  measure: ({ pair, limit }) => pair(US, limit),
});
/** Requires a speed of at least `bound` times the speed of `who`. */
const least = (group: RegExp, bound: number, who: string, name?: RegExp): Asked => ({
  ...{ group, bound, most: false, text: (n) => `at least ${n} × as fast as ${who}` },
  ...(name && { name }),
  measure: ({ pair }) => inverse(pair(US, who)),
});

const [SMALL, LARGE] = [/^As in a service, 200 keys/, /^As in a service, 20 000 keys/];
const SERVICE = /^As in a service/;

/** The requirements of the design's section 10, in its order. */
const ASKED: readonly Asked[] = [
  most(SMALL, 1.15, 'the limit', /^one/),
  most(LARGE, 1.2, 'the limit', /^one/),
  most(SMALL, 0.6, 'the limit and its string key', /^two/),
  most(LARGE, 0.65, 'the limit and its string key', /^two/),
  most(SERVICE, 0.5, 'the limit and its JSON key', /^flat/),
  most(SERVICE, 0.7, 'the limit and its JSON key', /^nested/),
  most(SERVICE, 1.05, 'a Map of promises', /^async/),
  most(/^Concurrent misses/, 2, 'one shared promise'),
  most(/^Synchronous miss/, 1, 'memoize on quick-lru'),
  most(/^Asynchronous miss/, 1, 'p-memoize on quick-lru'),
  least(/^memcached hit/, 1, STOCK, /^1 at/),
  least(/^memcached hit/, 2, STOCK, /^32 at/),
  least(/^memcached hit/, 3, STOCK, /^512 at/),
  most(/^Breaker open/, 1.5, 'the uncached call', /awaits/),
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

/** Whether a peer has a bound and a ttl, so that memoaside has to be ahead of it. */
export function comparable(result: Result, who: string): boolean {
  const does = result.lines[who]?.does;
  return (
    does !== undefined &&
    does.bound &&
    does.ttl &&
    !who.startsWith(US) &&
    !who.startsWith(OTHER) &&
    who !== result.limit &&
    who !== SOCKET
  );
}
