import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import type { Backend } from '../backend.js';
import { monotonicNow } from '../platform/clock.js';
import { entry, freshKey, HOUR, type Check } from './check.js';
import { describeLeases } from './lease-contract.js';

/** The part of a test framework that the suite needs. Jest, Vitest and `node:test` provide it. */
export interface TestFramework {
  readonly describe: (title: string, body: () => void) => unknown;
  readonly test: (title: string, body: () => Promise<void>) => unknown;
}

/** Awaits one turn of the event loop: a shared backend sends only after the synchronous run. */
const flush = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const VALUES: readonly (readonly [string, unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['false', false],
  ['0', 0],
  ['-0', -0],
  ['NaN', NaN],
  ['the empty string', ''],
  ['a string', 'héllo €😀'],
  ['an integer', 42],
  ['a fraction', 1.5],
  ['a bigint', 5n],
  ['an array', [1, 'two', null, undefined]],
  ['an object', { a: { b: [1, 2, 3] } }],
  ['a Date', new Date(5)],
  ['a Map', new Map<unknown, unknown>([['a', new Set([1n])]])],
  ['bytes', new Uint8Array([0, 255, 128])],
];

const KEYS: readonly (readonly [string, string])[] = [
  ['plain ASCII', ''],
  ['spaces and line breaks', 'a b\r\nc'],
  ['more than 250 bytes', 'k'.repeat(1000)],
  ['more than 65 535 bytes', 'k'.repeat(70_000)],
  ['letters beyond ASCII', 'ключ-é-😀'],
  ['a lone surrogate', '\ud800'],
  ['the name __proto__', '__proto__'],
];

/**
 * The conformance suite for backends. It defines the tests that a backend must pass to work with `memoize`.
 * `open` returns a backend for each test, whose `close` is called at the end if it exists. Tests of
 * optional members pass on a backend without them.
 *
 * @example
 * backendContract('redis', () => redisBackend(url), { describe, test });
 */
export function backendContract(
  title: string,
  open: () => Backend | Promise<Backend>,
  { describe, test }: TestFramework,
): void {
  const check = (what: string, body: (backend: Backend) => Promise<void>): void => {
    test(what, async () => {
      const backend = await open();
      try {
        await body(backend);
      } finally {
        await backend.close?.();
      }
    });
  };

  describe(`${title}: the contract of a backend`, () => {
    describeShape(check);
    for (const [what, value] of VALUES) {
      check(`keeps ${what} unchanged`, async (backend) => {
        const key = freshKey();
        await backend.set(key, entry(value));
        for (const time of ['first', 'second']) {
          const found = await backend.get(key);
          ok(
            found !== undefined,
            `the ${time} get after a set must find the entry, but found none`,
          );
          deepStrictEqual(found.value, value);
        }
      });
    }
    for (const [what, text] of KEYS) {
      check(`accepts a key with ${what}`, async (backend) => {
        const [key, other] = [`${freshKey()}${text}`, `${freshKey()}${text}`];
        await backend.set(key, entry('mine'));
        strictEqual((await backend.get(key))?.value, 'mine');
        strictEqual(await backend.get(other), undefined);
        await backend.delete(key);
      });
    }
    describeOrder(check);
    describeTime(check);
    describeClear(check);
    describeLocal(check);
    describeLeases(check);
  });
}

function describeShape(check: Check): void {
  check('has a name, and says whether it is synchronous and shared', async (backend) => {
    ok(backend.name.length > 0);
    strictEqual(typeof backend.sync, 'boolean');
    strictEqual(typeof backend.shared, 'boolean');
    await flush();
  });
  check('get returns undefined for a key that was never stored', async (backend) => {
    strictEqual(await backend.get(freshKey()), undefined);
  });
  check('returns values and not promises if it is synchronous', async (backend) => {
    const key = freshKey();
    const answers = [backend.set(key, entry(1)), backend.get(key), backend.delete(key)];
    if (backend.sync) for (const answer of answers) ok(!(answer instanceof Promise));
    await Promise.all(answers);
  });
}

function describeOrder(check: Check): void {
  check('set replaces an earlier entry', async (backend) => {
    const key = freshKey();
    await backend.set(key, entry('old'));
    await backend.set(key, entry('new'));
    strictEqual((await backend.get(key))?.value, 'new');
  });
  check('delete removes an entry, and succeeds for a missing key', async (backend) => {
    const key = freshKey();
    await backend.set(key, entry(1));
    await backend.delete(key);
    await backend.delete(key);
    strictEqual(await backend.get(key), undefined);
  });
  check('get sees earlier writes in order, awaited or not', async (backend) => {
    const key = freshKey();
    const writes = [backend.set(key, entry(1)), backend.delete(key), backend.set(key, entry(2))];
    const found = await backend.get(key);
    await Promise.all(writes);
    strictEqual(found?.value, 2);
  });
  check('keeps similar keys apart', async (backend) => {
    const base = freshKey();
    const keys = [base, `${base} `, base.toUpperCase(), `${base}\0`, `${base}\n`];
    await Promise.all(keys.map((key, index) => backend.set(key, entry(index))));
    const found = await Promise.all(keys.map((key) => backend.get(key)));
    deepStrictEqual(
      found.map((each) => each?.value),
      keys.map((_, index) => index),
    );
  });
}

function describeTime(check: Check): void {
  check('get returns freshUntil to within a hundredth of the ttl', async (backend) => {
    for (const ttl of [1500, 60_000, 30 * 24 * HOUR, 400 * 24 * HOUR]) {
      const key = freshKey();
      const freshUntil = monotonicNow() + ttl;
      await backend.set(key, entry('v', freshUntil));
      const found = await backend.get(key);
      ok(found !== undefined, `get must find an entry with a ttl of ${ttl} ms, but found none`);
      ok(
        found.freshUntil <= freshUntil + 5,
        `freshUntil must not be later than stored, for a ttl of ${ttl} ms`,
      );
      ok(
        found.freshUntil >= freshUntil - ttl / 100 - 100,
        `freshUntil is too early, for a ttl of ${ttl} ms`,
      );
    }
  });
  check('keeps an entry whose freshUntil is Infinity', async (backend) => {
    const key = freshKey();
    await backend.set(key, entry('v', Infinity));
    strictEqual((await backend.get(key))?.freshUntil, Infinity);
  });
  check('never returns an expired entry as fresh', async (backend) => {
    const key = freshKey();
    await backend.set(key, entry('v', monotonicNow() - 1));
    const found = await backend.get(key);
    ok(found === undefined || found.freshUntil <= monotonicNow());
  });
}

function describeClear(check: Check): void {
  check('clear removes the keys with a prefix, if it has clear', async (backend) => {
    if (backend.clear === undefined) return;
    const base = freshKey();
    await backend.set(`${base}:a`, entry(1));
    await backend.set(`${base}:b`, entry(2));
    await backend.set(`other:${base}`, entry(3));
    await backend.clear(`${base}:`);
    strictEqual(await backend.get(`${base}:a`), undefined);
    strictEqual(await backend.get(`${base}:b`), undefined);
    strictEqual((await backend.get(`other:${base}`))?.value, 3);
  });
}

function describeLocal(check: Check): void {
  check('whileDown keeps entries until they are deleted, if it has whileDown', async (backend) => {
    const { whileDown: local } = backend;
    if (local === undefined) return;
    const key = freshKey();
    strictEqual(local.get(key), undefined);
    local.set(key, entry('mine'));
    strictEqual(local.get(key)?.value, 'mine');
    await backend.delete(key);
    strictEqual(local.get(key), undefined);
  });
}
