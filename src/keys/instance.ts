const numbers = new WeakMap<object, number>();
let last = 0;

/** A number that no other object of this process has, counting from 1; the object is not kept alive. */
export function instanceNumber(instance: object): number {
  let number = numbers.get(instance);
  if (number === undefined) numbers.set(instance, (number = ++last));
  return number;
}
