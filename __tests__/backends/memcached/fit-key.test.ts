import fc from 'fast-check';

import { fitKey } from '../../../src/backends/memcached/fit-key.js';

const FITTED = /~sha256:[0-9a-f]{64}$/;

test.each(['sq:5', 'a', '~', 'user:{1}', 'é', '鍵:😀', 'x'.repeat(250), 'é'.repeat(125)])(
  'a key within the limits is not changed: %s',
  (key) => {
    expect(fitKey(key)).toBe(key);
  },
);

// Entries are stored under these keys: they must not change.
test.each([
  ['', '~sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['a b', 'a_b~sha256:8787cc9dfd0216ba87644d9029ea5523e55f1039ab5daa7a861866536a8a23fb'],
  ['né é', 'n_~sha256:9deaf0a5e75c412d5cd67692013184b91747c181cb96a11c605487deae688d76'],
  ['\ud800', '_~sha256:205022e3428b7c8276cf247b36e4e512db5651e5cb3472c253d9ee893a8ac750'],
  [
    'x'.repeat(251),
    `${'x'.repeat(120)}~sha256:c911fd0925ce6c1fe8c4d5caec5eea1c6c9dee4c7317a2b022184e173fb0556a`,
  ],
])('the fitted form of %j is frozen', (key, fitted) => {
  expect(fitKey(key)).toBe(fitted);
});

test.each([
  ['a space', 'a b'],
  ['a control character', 'a\nb'],
  ['a NUL', 'a\0b'],
  ['DEL', 'a\x7fb'],
  ['a lone surrogate', 'a\ud800'],
  ['nothing', ''],
  ['251 characters', 'x'.repeat(251)],
  ['252 bytes in 126 characters', 'é'.repeat(126)],
  ['the fitted form itself', fitKey('a b')],
])('a key of %s is fitted', (_, key) => {
  expect(fitKey(key)).toMatch(FITTED);
  expect(fitKey(key)).not.toBe(key);
});

test('the fitted form of a long key begins with its first 120 characters, if readable', () => {
  expect(fitKey(`report: 2024 é ${'x'.repeat(5000)}`)).toMatch(
    /^report:_2024_x{105}~sha256:[0-9a-f]{64}$/,
  );
});

test('lone surrogates, which UTF-8 cannot tell apart, make different keys', () => {
  expect(fitKey('\ud800')).not.toBe(fitKey('\udfff'));
  expect(fitKey('\ud800')).not.toBe(fitKey('\ufffd '));
});

test('a key that looks like the fitted form of another key is fitted to a different one', () => {
  const once = fitKey('a b');
  const twice = fitKey(once);
  expect(new Set([once, twice, fitKey(twice)]).size).toBe(3);
});

const keys = fc.oneof(
  fc.string({ maxLength: 300 }),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: fc.constantFrom('\ud800', '\udc00', 'a', ' ', 'é') }),
  fc.string({ maxLength: 4 }).map(fitKey),
);

test('memcached accepts the fitted form of any key', () => {
  fc.assert(
    fc.property(keys, (key) => {
      const fitted = fitKey(key);
      const bytes = Buffer.from(fitted);
      expect(bytes.length).toBeGreaterThan(0);
      expect(bytes.length).toBeLessThanOrEqual(250);
      expect(bytes.some((byte) => byte <= 0x20 || byte === 0x7f)).toBe(false);
      expect(bytes.toString()).toBe(fitted);
      if (fitted !== key) expect(fitted).toMatch(/^[\x21-\x7e]+$/);
    }),
  );
});

test('two keys never share a fitted form', () => {
  fc.assert(
    fc.property(keys, keys, (first, second) => {
      expect(fitKey(first) === fitKey(second)).toBe(first === second);
    }),
  );
});
