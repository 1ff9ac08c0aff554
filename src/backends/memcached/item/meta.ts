import { carriesMeta } from '../codec/flags.js';

/** The metadata of an entry, in the upper bits of the flags. */
export interface Meta {
  /**
   * Wall time in milliseconds since the epoch. `Infinity` if the flags hold no time: the entry is then
   * fresh for as long as the server keeps it.
   */
  readonly freshUntil: number;
  /** Milliseconds that the computation took, 1 ms to 17 minutes, rounded to within about a quarter. */
  readonly cost?: number | undefined;
}

// Bits 10-13 hold a scale, and bits 14-31 a time in units of that scale, modulo a window. The reader
// takes the time that is nearest to its own clock. With scales 0-7 the upper five bits hold the cost
// instead. Scales 8-15, for times that scales 0-7 cannot hold finely enough, use all bits for a window 32
// times as long. Time 0 means that there is none.
const SCALES = 16;
const SCALES_WITH_COST = 8;
const WINDOW_WITH_COST = 2 ** 13 - 1;
const WIDE_WINDOW = 2 ** 18 - 1;
const COST_STEPS = 31;

// Milliseconds: 30 s by which two clocks may differ, 2 s by which an item may outlive its lifetime.
const CLOCK_SLACK = 32_000;

/**
 * Returns the bits of a fresh-until and a cost, to be set beside a type. Unpacking returns the fresh-until
 * rounded down by less than 8 ms, or by a thousandth of `lifetime` plus half a minute if that is more.
 *
 * @param lifetime milliseconds for which the entry stays on the server; see `longestLife`
 * @param now wall time in milliseconds since the epoch
 */
export function packMeta(meta: Meta, lifetime: number, now: number): number {
  const ttl = meta.freshUntil - now;
  // Beyond the range of the widest scale, 27 years, the server's own clock decides.
  if (ttl > rangeOf(SCALES - 1) - CLOCK_SLACK) return packCost(meta.cost);
  const scale = scaleFor(ttl, lifetime);
  const time = (Math.floor(meta.freshUntil / unitOf(scale)) % windowOf(scale)) + 1;
  const cost = scale < SCALES_WITH_COST ? packCost(meta.cost) : 0;
  return ((time << 14) | (scale << 10) | cost) >>> 0;
}

/**
 * Returns the metadata in the flags. It is right if they are read, by the clock of the reader, at most
 * 30 seconds before the entry was written and at most 30 seconds after it left the server.
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

/** Returns the bits of a cost alone, as they stand in a placeholder. */
export function packCost(cost: number | undefined): number {
  if (cost === undefined) return 0;
  const code = 1 + Math.round(1.5 * Math.log2(Math.max(1, cost)));
  return (Math.min(code, COST_STEPS) << 27) >>> 0;
}

/** Returns the cost that `packCost` has packed. */
export function unpackCost(flags: number): number | undefined {
  return decodeCost(flags >>> 27);
}

/**
 * Returns the milliseconds for which an entry may stay on the server while the error of its fresh-until
 * stays below half of its `ttl`: 38 days for a ttl of a minute, 14 hours for a ttl of a second.
 */
export function maxLifetime(ttl: number): number {
  if (ttl === Infinity) return Infinity;
  let longest = rangeOf(0);
  for (let scale = 1; scale < SCALES; scale += 1) {
    if (unitOf(scale) <= ttl / 2) longest = Math.max(longest, rangeOf(scale));
  }
  return longest - CLOCK_SLACK;
}

// The first scale with room for the cost that holds the lifetime. If stale windows make the lifetime so
// long that this scale is coarse beside the ttl, the finer of it and the first wide one.
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

/** Milliseconds of one unit: 8 ms to 131 s, then 0.4 s to 109 minutes, each four times the previous. */
function unitOf(scale: number): number {
  return scale < SCALES_WITH_COST ? 8 << (2 * scale) : 400 << (2 * (scale - SCALES_WITH_COST));
}

function windowOf(scale: number): number {
  return scale < SCALES_WITH_COST ? WINDOW_WITH_COST : WIDE_WINDOW;
}

/** Milliseconds between a time and the reader's clock, either way, up to which the time is unambiguous. */
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
