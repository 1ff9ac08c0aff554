import { carriesMeta } from '../codec/flags.js';

/** What the upper bits of the flags say about an entry. */
export interface Meta {
  /**
   * Wall time in milliseconds since the epoch. `Infinity` where the flags name none: the entry is fresh
   * for as long as the server keeps it.
   */
  readonly freshUntil: number;
  /** Milliseconds that the computation took, to about a quarter, between 1 ms and 17 minutes. */
  readonly cost?: number | undefined;
}

// Bits 10-13 hold a scale, bits 14-31 a time in units of that scale, modulo a window: the reader takes
// the time nearest to its own. Scales 0-7 leave the upper five bits to the cost; scales 8-15, for times
// that those cannot hold finely, take all the bits for a window 32 times as long. Time 0 is none.
const SCALES = 16;
const SCALES_WITH_COST = 8;
const WINDOW_WITH_COST = 2 ** 13 - 1;
const WIDE_WINDOW = 2 ** 18 - 1;
const COST_STEPS = 31;

// 30 seconds by which two clocks may differ, 2 by which an entry may outlive its time on the server.
const CLOCK_SLACK = 32_000;

/**
 * The bits of a fresh-until and a cost, to be set beside a type. The fresh-until comes back rounded down,
 * by less than 8 ms, or a thousandth of `lifetime` and half a minute where that is more.
 *
 * @param lifetime milliseconds for which the entry stays on the server; see `longestLife`
 * @param now wall time in milliseconds since the epoch
 */
export function packMeta(meta: Meta, lifetime: number, now: number): number {
  const ttl = meta.freshUntil - now;
  // Beyond what the widest scale can say, 27 years, the server's own clock decides.
  if (ttl > rangeOf(SCALES - 1) - CLOCK_SLACK) return packCost(meta.cost);
  const scale = scaleFor(ttl, lifetime);
  const time = (Math.floor(meta.freshUntil / unitOf(scale)) % windowOf(scale)) + 1;
  const cost = scale < SCALES_WITH_COST ? packCost(meta.cost) : 0;
  return ((time << 14) | (scale << 10) | cost) >>> 0;
}

/**
 * What the flags say, read at most 30 seconds, by this clock, before the entry was written or after it
 * has left the server.
 *
 * @param now wall time in milliseconds since the epoch
 */
export function unpackMeta(flags: number, now: number): Meta {
  if (!carriesMeta(flags)) return { freshUntil: Infinity };
  const scale = (flags >>> 10) & (SCALES - 1);
  const hasCost = scale < SCALES_WITH_COST;
  const time = hasCost ? (flags >>> 14) & WINDOW_WITH_COST : flags >>> 14;
  return {
    freshUntil: time === 0 ? Infinity : nearestTime(time - 1, scale, now),
    cost: hasCost ? decodeCost(flags >>> 27) : undefined,
  };
}

/** The bits of a cost alone, beside `LEASE`. */
export function packCost(cost: number | undefined): number {
  if (cost === undefined) return 0;
  const code = 1 + Math.round(1.5 * Math.log2(Math.max(1, cost)));
  return (Math.min(code, COST_STEPS) << 27) >>> 0;
}

/** What `packCost` has packed. */
export function unpackCost(flags: number): number | undefined {
  return decodeCost(flags >>> 27);
}

/**
 * Milliseconds for which an entry may stay on the server, so that its fresh-until can be told to half of
 * its `ttl`: a minute's ttl allows for 38 days, a second's for 14 hours.
 */
export function maxLifetime(ttl: number): number {
  if (ttl === Infinity) return Infinity;
  let longest = rangeOf(0);
  for (let scale = 1; scale < SCALES; scale += 1) {
    if (unitOf(scale) <= ttl / 2) longest = Math.max(longest, rangeOf(scale));
  }
  return longest - CLOCK_SLACK;
}

// The first scale that holds the lifetime, unless stale windows make it so long that only a wide scale
// tells the fresh time finely.
function scaleFor(ttl: number, lifetime: number): number {
  const withCost = firstScale(0, lifetime);
  if (withCost < SCALES_WITH_COST && unitOf(withCost) <= ttl / 64) return withCost;
  const wide = firstScale(SCALES_WITH_COST, lifetime);
  return withCost < SCALES_WITH_COST && unitOf(withCost) <= unitOf(wide) ? withCost : wide;
}

function firstScale(from: number, lifetime: number): number {
  let scale = from;
  while (scale < SCALES - 1 && rangeOf(scale) < lifetime + CLOCK_SLACK) scale += 1;
  return scale;
}

/** Milliseconds of one unit: 8 ms to 131 s, and 0.4 s to 109 minutes, each four times the one before. */
function unitOf(scale: number): number {
  return scale < SCALES_WITH_COST ? 8 << (2 * scale) : 400 << (2 * (scale - SCALES_WITH_COST));
}

function windowOf(scale: number): number {
  return scale < SCALES_WITH_COST ? WINDOW_WITH_COST : WIDE_WINDOW;
}

/** Milliseconds to either side of its own time within which a reader knows a time. */
function rangeOf(scale: number): number {
  return ((windowOf(scale) - 1) / 2 - 1) * unitOf(scale);
}

function nearestTime(time: number, scale: number, now: number): number {
  const [unit, window] = [unitOf(scale), windowOf(scale)];
  const current = Math.floor(now / unit);
  const ahead = (((time - current) % window) + window) % window;
  return (current + (ahead > window / 2 ? ahead - window : ahead)) * unit;
}

function decodeCost(code: number): number | undefined {
  return code === 0 ? undefined : 2 ** ((code - 1) / 1.5);
}
