import { Lease } from '../../src/journey/lease.js';
import {
  BACKEND_DOWN,
  decideStore,
  LEASE_HELD,
  OPEN,
  type StorePermit,
  type StorePlan,
  type Worth,
} from '../../src/journey/store-permit.js';

const entry = { value: 1, freshUntil: Infinity };
const lease = Object.create(Lease.prototype) as Lease;
const leased: StorePermit = { kind: 'lease', lease };
const skip = (reason: 'fenced' | 'backendDown' | 'leaseHeld'): StorePlan => ({
  step: 'skip',
  reason,
});

/** Every state, with the plan that the table above `decideStore` has for it. */
function expectedPlan(
  permit: StorePermit,
  worth: Worth,
  { fenced, down, keeps }: { fenced: boolean; down: boolean; keeps: boolean },
): StorePlan {
  if (fenced) return skip('fenced');
  if (permit === LEASE_HELD) return skip('leaseHeld');
  if (permit === BACKEND_DOWN && !keeps) return skip('backendDown');
  if (typeof worth === 'string') return { step: 'decline', reason: worth };
  if (permit === BACKEND_DOWN) return { step: 'keepWhileDown', entry };
  if (down) return keeps ? { step: 'keepWhileDown', entry } : skip('backendDown');
  return permit === OPEN ? { step: 'set', entry } : { step: 'fill', entry, lease };
}

const both = [false, true];
const states = [OPEN, leased, BACKEND_DOWN, LEASE_HELD].flatMap((permit) =>
  ([entry, 'ttl', 'shouldCache', 'callbackFailed'] as const).flatMap((worth) =>
    both.flatMap((fenced) =>
      both.flatMap((down) => both.map((keeps) => ({ permit, worth, fenced, down, keeps }))),
    ),
  ),
);

describe('the decision to store', () => {
  test.each(states)('$permit.kind, $worth, fenced $fenced, down $down, kept $keeps', (state) => {
    const { permit, worth, fenced, down, keeps } = state;
    const plan = decideStore({ permit, fenced, keepsWhileDown: keeps }, worth, down);
    expect(plan).toEqual(expectedPlan(permit, worth, state));
  });

  test('is made for each of the 128 states', () => {
    expect(states).toHaveLength(128);
  });
});
