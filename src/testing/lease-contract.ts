import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import type { Backend, Leases } from '../backend.js';
import { type Check, entry, freshKey } from './check.js';

/** The part of the contract on `leases`. A backend without them passes. */
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

  checkLeases('acquire gives a lease to one of many callers', async (_, leases, key) => {
    const many = Array.from({ length: 20 }, () => leases.acquire(key, TTL));
    const got = (await Promise.all(many)).filter((each) => each !== 'held');
    strictEqual(got.length, 1);
  });
  checkLeases(
    'get returns a placeholder for a lease, which is never fresh',
    async (backend, leases, key) => {
      await leases.acquire(key, TTL, 100);
      const found = await backend.get(key);
      ok(found?.placeholder === true && found.token !== undefined && found.value === undefined);
      strictEqual(found.freshUntil, -Infinity);
    },
  );
  checkLeases('fill stores an entry once per lease', async (backend, leases, key) => {
    const token = await leases.acquire(key, TTL);
    ok(token !== 'held');
    strictEqual(await leases.fill(key, entry('value'), token), 'stored');
    strictEqual((await backend.get(key))?.value, 'value');
    strictEqual(await leases.fill(key, entry('again'), token), 'fenced');
  });
  for (const how of ['a delete', 'a set', 'a takeOver'] as const) {
    checkLeases(`fences fill, renew and release after ${how}`, async (backend, leases, key) => {
      const token = await leases.acquire(key, TTL);
      ok(token !== 'held');
      if (how === 'a delete') await backend.delete(key);
      else if (how === 'a set') await backend.set(key, entry('written'));
      else await leases.takeOver(key, TTL);
      strictEqual(await leases.fill(key, entry('late'), token), 'fenced');
      strictEqual(await leases.renew(key, token, TTL), 'fenced');
      strictEqual(await leases.release(key, token), false);
      const found = await backend.get(key);
      ok(found?.value !== 'late');
    });
  }
  checkLeases('acquire succeeds again after a release', async (_, leases, key) => {
    const token = await leases.acquire(key, TTL);
    ok(token !== 'held');
    strictEqual(await leases.release(key, token), true);
    ok((await leases.acquire(key, TTL)) !== 'held');
  });
  checkLeases('renew returns a new token and ends the old one', async (_, leases, key) => {
    const token = await leases.acquire(key, TTL);
    ok(token !== 'held');
    const renewed = await leases.renew(key, token, TTL);
    ok(renewed !== 'fenced');
    strictEqual(await leases.fill(key, entry(1), token), 'fenced');
    strictEqual(await leases.fill(key, entry(2), renewed), 'stored');
  });
  checkLeases('takeOver keeps an entry and ends its token', async (backend, leases, key) => {
    await backend.set(key, entry({ a: [1] }));
    const before = await backend.get(key);
    const { token, placeholder } = await leases.takeOver(key, TTL);
    strictEqual(placeholder, false);
    const after = await backend.get(key);
    ok(before?.token !== undefined && after !== undefined);
    deepStrictEqual(after.value, { a: [1] });
    ok(Math.abs(after.freshUntil - before.freshUntil) < 1);
    strictEqual(await leases.fill(key, entry('older'), before.token), 'fenced');
    strictEqual(await leases.fill(key, entry('newer'), token), 'stored');
  });
  checkLeases(
    'takeOver puts a placeholder at a missing key or over a placeholder',
    async (backend, leases, key) => {
      for (let attempt = 0; attempt < 2; attempt += 1) {
        const { token, placeholder } = await leases.takeOver(key, TTL);
        strictEqual(placeholder, true);
        const found = await backend.get(key);
        strictEqual(found?.placeholder, true);
        ok((await leases.renew(key, token, TTL)) !== 'fenced');
      }
    },
  );
  checkLeases(
    'refreshLeaseKey differs for each key and each token of an entry',
    async (backend, leases, key) => {
      const claims = new Set<string>();
      for (const value of ['old', 'new']) {
        await backend.set(key, entry(value));
        const token = (await backend.get(key))?.token;
        ok(token !== undefined);
        claims.add(leases.refreshLeaseKey(key, token));
        strictEqual(leases.refreshLeaseKey(key, token), leases.refreshLeaseKey(key, token));
        claims.add(leases.refreshLeaseKey(`${key}:other`, token));
      }
      strictEqual(claims.size, 4);
      for (const claim of claims) ok((await leases.acquire(claim, TTL)) !== 'held');
    },
  );
}
