import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import type { Backend, Leases } from '../backend.js';
import { type Check, entry, freshKey } from './check.js';

/** The part of the contract on `leases`; passed by a backend that has none. */
export function describeLeases(check: Check): void {
  const checkLeases = (
    what: string,
    body: (backend: Backend, leases: Leases, key: string) => Promise<void>,
  ): void => {
    check(`${what}, if it has leases`, async (backend) => {
      if (backend.leases !== undefined) await body(backend, backend.leases, freshKey());
    });
  };
  const TTL = 10_000;

  checkLeases('gives a lease to one of many', async (_, leases, key) => {
    const many = Array.from({ length: 20 }, () => leases.acquire(key, TTL));
    const got = (await Promise.all(many)).filter((each) => each !== 'held');
    strictEqual(got.length, 1);
  });
  checkLeases(
    'shows a lease as a placeholder that is never fresh',
    async (backend, leases, key) => {
      await leases.acquire(key, TTL, 100);
      const found = await backend.get(key);
      ok(found?.placeholder === true && found.version !== undefined && found.value === undefined);
      strictEqual(found.freshUntil, -Infinity);
    },
  );
  checkLeases('fills under a lease', async (backend, leases, key) => {
    const version = await leases.acquire(key, TTL);
    ok(version !== 'held');
    strictEqual(await leases.fill(key, entry('value'), version), 'stored');
    strictEqual((await backend.get(key))?.value, 'value');
    strictEqual(await leases.fill(key, entry('again'), version), 'fenced');
  });
  for (const how of ['a delete', 'a write', 'another who seizes the key'] as const) {
    checkLeases(`refuses a fill after ${how}`, async (backend, leases, key) => {
      const version = await leases.acquire(key, TTL);
      ok(version !== 'held');
      if (how === 'a delete') await backend.delete(key);
      else if (how === 'a write') await backend.set(key, entry('written'));
      else await leases.seize(key, TTL);
      strictEqual(await leases.fill(key, entry('late'), version), 'fenced');
      strictEqual(await leases.renew(key, version, TTL), 'fenced');
      strictEqual(await leases.release(key, version), false);
      const found = await backend.get(key);
      ok(found?.value !== 'late');
    });
  }
  checkLeases('gives another lease after a release', async (_, leases, key) => {
    const version = await leases.acquire(key, TTL);
    ok(version !== 'held');
    strictEqual(await leases.release(key, version), true);
    ok((await leases.acquire(key, TTL)) !== 'held');
  });
  checkLeases('renews a lease, which so gets another version', async (_, leases, key) => {
    const version = await leases.acquire(key, TTL);
    ok(version !== 'held');
    const renewed = await leases.renew(key, version, TTL);
    ok(renewed !== 'fenced');
    strictEqual(await leases.fill(key, entry(1), version), 'fenced');
    strictEqual(await leases.fill(key, entry(2), renewed), 'stored');
  });
  checkLeases('leaves an entry as it is when it is seized', async (backend, leases, key) => {
    await backend.set(key, entry({ a: [1] }));
    const before = await backend.get(key);
    const { version, placeholder } = await leases.seize(key, TTL);
    strictEqual(placeholder, false);
    const after = await backend.get(key);
    ok(before?.version !== undefined && after !== undefined);
    deepStrictEqual(after.value, { a: [1] });
    ok(Math.abs(after.freshUntil - before.freshUntil) < 1);
    strictEqual(await leases.fill(key, entry('older'), before.version), 'fenced');
    strictEqual(await leases.fill(key, entry('newer'), version), 'stored');
  });
  checkLeases(
    'puts a placeholder where it seizes nothing, or one',
    async (backend, leases, key) => {
      for (let attempt = 0; attempt < 2; attempt += 1) {
        const { version, placeholder } = await leases.seize(key, TTL);
        strictEqual(placeholder, true);
        const found = await backend.get(key);
        strictEqual(found?.placeholder, true);
        ok((await leases.renew(key, version, TTL)) !== 'fenced');
      }
    },
  );
  checkLeases(
    'has a key for the claim on each version of an entry',
    async (backend, leases, key) => {
      const claims = new Set<string>();
      for (const value of ['old', 'new']) {
        await backend.set(key, entry(value));
        const version = (await backend.get(key))?.version;
        ok(version !== undefined);
        claims.add(leases.claimKey(key, version));
        strictEqual(leases.claimKey(key, version), leases.claimKey(key, version));
        claims.add(leases.claimKey(`${key}:other`, version));
      }
      strictEqual(claims.size, 4);
      for (const claim of claims) ok((await leases.acquire(claim, TTL)) !== 'held');
    },
  );
}
