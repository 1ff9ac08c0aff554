import fc from 'fast-check';

import {
  carriesMeta,
  codecBits,
  KIND,
  TYPE,
  ZLIB,
} from '../../../../src/backends/memcached/codec/flags.js';
import { maxLifetime, packMeta, unpackMeta } from '../../../../src/backends/memcached/item/meta.js';

const NOW = 1_700_000_000_000;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** Packs the fresh-until of an entry with this ttl and lifetime at NOW, and unpacks it at `readAt`. */
function roundTrip(ttl: number, lifetime: number, readAt = NOW): number {
  const flags = TYPE.text | packMeta({ freshUntil: NOW + ttl }, lifetime, NOW);
  return unpackMeta(flags, readAt).freshUntil;
}

// Stored entries have these flags: they must not change.
test.each([
  [100, 100, undefined, 0x02544000],
  [60000, 60000, 50, 0x4a694400],
  [3600000, 3600000, 2500, 0x93d9d000],
  [60000, 86400000, 50, 0x21a6e400],
  [604800000, 604800000, undefined, 0xa4b0a800],
])(
  'the bits of a ttl of %d ms, a lifetime of %d ms and a cost of %s ms are frozen',
  (ttl, lifetime, cost, bits) => {
    expect(packMeta({ freshUntil: NOW + ttl, cost }, lifetime, NOW)).toBe(bits);
  },
);

test('the lower ten bits, which the codec reads, are 0', () => {
  fc.assert(
    fc.property(fc.nat(10 * YEAR), fc.nat(10 * YEAR), fc.nat(HOUR), (ttl, more, cost) => {
      const bits = packMeta({ freshUntil: NOW + ttl, cost }, ttl + more, NOW);
      expect(bits & 0x3ff).toBe(0);
      expect(bits).toBe(bits >>> 0);
    }),
  );
});

// Lifetimes of which some are short, which a uniform choice would not give.
const duration = fc
  .tuple(fc.integer({ min: 1, max: 10 * YEAR }), fc.integer({ min: 0, max: 38 }))
  .map(([time, shift]) => Math.max(1, Math.floor(time / 2 ** shift)));

test('a fresh-until is unpacked rounded down by little, whenever the entry is read', () => {
  fc.assert(
    fc.property(
      duration,
      fc.oneof(fc.constant(0), duration),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: -30_000, max: 30_000 }),
      fc.nat(30 * YEAR),
      (ttl, stale, part, skew, shift) => {
        const written = NOW + shift;
        const lifetime = Math.min(ttl + stale, 15 * YEAR);
        const flags = TYPE.text | packMeta({ freshUntil: written + ttl }, lifetime, written);
        const readAt = written + part * (lifetime + 2000) + skew;
        const lost = written + ttl - unpackMeta(flags, readAt).freshUntil;
        expect(lost).toBeGreaterThanOrEqual(0);
        expect(lost).toBeLessThan(Math.max(8, (lifetime + 32_000) / 1000));
      },
    ),
    { numRuns: 2000 },
  );
});

test.each([
  ['half a second', 500, 500, 8],
  ['a minute', MINUTE, MINUTE, 32],
  ['an hour', HOUR, HOUR, 2048],
  ['a week', 7 * DAY, 7 * DAY, 6400],
  ['a minute, stale for a day', MINUTE, DAY, 1600],
  ['a minute, stale for a week', MINUTE, 7 * DAY, 6400],
  ['a second, stale for an hour', SECOND, HOUR, 400],
])('a ttl of %s is rounded by less than its unit', (_, ttl, lifetime, unit) => {
  expect(ttl - (roundTrip(ttl, lifetime) - NOW)).toBeLessThan(unit);
});

test('a lifetime as long as maxLifetime allows leaves at least half of the ttl', () => {
  for (const ttl of [16, 100, SECOND, 10 * SECOND, MINUTE, HOUR, DAY, YEAR, 10 * YEAR]) {
    const lifetime = maxLifetime(ttl);
    expect(lifetime).toBeGreaterThan(ttl);
    expect(roundTrip(ttl, lifetime)).toBeGreaterThan(NOW + ttl / 2 - 1);
    expect(roundTrip(ttl, lifetime, NOW + lifetime + 30_000)).toBeLessThanOrEqual(NOW + ttl);
  }
  expect(maxLifetime(MINUTE)).toBeGreaterThan(38 * DAY);
  expect(maxLifetime(SECOND)).toBeGreaterThan(14 * HOUR);
});

test('an entry that never expires has no fresh-until', () => {
  expect(packMeta({ freshUntil: Infinity }, Infinity, NOW)).toBe(0);
  expect(unpackMeta(TYPE.text, NOW)).toEqual({ freshUntil: Infinity, cost: undefined });
  expect(maxLifetime(Infinity)).toBe(Infinity);
});

test('an entry with a ttl of a century is fresh for as long as the server keeps it', () => {
  expect(roundTrip(100 * YEAR, 100 * YEAR)).toBe(Infinity);
  expect(maxLifetime(100 * YEAR)).toBeLessThan(100 * YEAR);
  expect(roundTrip(20 * YEAR, 20 * YEAR)).toBeLessThanOrEqual(NOW + 20 * YEAR);
});

test('an entry that never expires may still have a cost', () => {
  const flags = TYPE.text | packMeta({ freshUntil: Infinity, cost: 100 }, Infinity, NOW);
  expect(unpackMeta(flags, NOW).freshUntil).toBe(Infinity);
  expect(unpackMeta(flags, NOW).cost).toBeCloseTo(102, 0);
});

test('a fresh-until in the past is unpacked as one in the past', () => {
  expect(roundTrip(-5 * SECOND, MINUTE)).toBeLessThanOrEqual(NOW - 5 * SECOND);
});

test('a cost is unpacked to within a quarter, between 1 ms and 17 minutes', () => {
  const costAfter = (cost: number) =>
    unpackMeta(TYPE.text | packMeta({ freshUntil: NOW + HOUR, cost }, HOUR, NOW), NOW).cost!;
  fc.assert(
    fc.property(fc.double({ min: 1, max: 2 ** 20, noNaN: true }), (cost) => {
      expect(Math.abs(Math.log2(costAfter(cost) / cost))).toBeLessThanOrEqual(1 / 3 + 1e-9);
    }),
  );
  expect(costAfter(0)).toBe(1);
  expect(costAfter(0.01)).toBe(1);
  expect(costAfter(1e9)).toBe(2 ** 20);
  expect(costAfter(Infinity)).toBe(2 ** 20);
});

test('without a cost none is unpacked', () => {
  const flags = TYPE.text | packMeta({ freshUntil: NOW + HOUR }, HOUR, NOW);
  expect(unpackMeta(flags, NOW).cost).toBeUndefined();
});

test('an entry with a lifetime so long that its fresh-until needs all bits has no cost', () => {
  const flags = TYPE.text | packMeta({ freshUntil: NOW + 30 * DAY, cost: 50 }, 30 * DAY, NOW);
  expect(unpackMeta(flags, NOW).cost).toBeUndefined();
});

test('metadata is stored only beside a type that other clients know', () => {
  expect([TYPE.pickle, TYPE.integer, TYPE.long, TYPE.text].every(carriesMeta)).toBe(true);
  expect(carriesMeta(TYPE.bytes)).toBe(false);
  expect(carriesMeta(TYPE.bytes | ZLIB)).toBe(false);
  expect(unpackMeta(0xffff_fc00, NOW)).toEqual({ freshUntil: Infinity });
});

test('the codec gets no metadata, but gets bits that should not be set', () => {
  expect(codecBits((0xabcd_ec00 | TYPE.text | KIND.devalue | ZLIB) >>> 0)).toBe(16 + 8 + 512);
  expect(codecBits(0x8000_0000)).toBe(0x8000_0000);
  expect(codecBits(TYPE.text | 32)).toBe(48);
});
