import { instanceNumber } from '../../src/keys/derivation.js';

test('an object keeps its number, and no other object has it', () => {
  const objects = Array.from({ length: 100 }, () => ({}));
  const numbers = objects.map(instanceNumber);
  expect(numbers).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
  expect(objects.map(instanceNumber)).toEqual(numbers);
  expect(instanceNumber(() => 1)).toBe(101);
});
