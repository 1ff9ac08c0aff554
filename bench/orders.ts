/** The order of the keys. It is made beforehand, and every contestant of a case has the same. */
export interface Order {
  /** Its length is a power of two, so that a mask can wrap the index. */
  readonly keys: Int32Array;
  /** The sum of the values that calls `begin` up to `end` (exclusive) return. */
  sum(begin: number, end: number): number;
}

const LENGTH = 1 << 17;

export function sequential(size: number, length = LENGTH): Order {
  return ordered(Int32Array.from({ length }, (_, i) => i % size));
}

/** The exponent of Zipf's law, as in YCSB. */
const EXPONENT = 0.99;

/** Zipf's law over the keys in a random arrangement. */
export function zipfian(size: number, length = LENGTH): Order {
  const cumulated = new Float64Array(size);
  let total = 0;
  for (let rank = 0; rank < size; rank += 1)
    cumulated[rank] = total += 1 / Math.pow(rank + 1, EXPONENT);
  const places = Int32Array.from({ length: size }, (_, i) => i);
  for (let i = size - 1; i > 0; i -= 1) {
    const j = Math.floor(Math.random() * (i + 1));
    [places[i], places[j]] = [places[j]!, places[i]!];
  }
  return ordered(
    Int32Array.from({ length }, () => places[firstAbove(cumulated, Math.random() * total)]!),
  );
}

export function uniform(size: number): Order {
  return ordered(Int32Array.from({ length: LENGTH }, () => Math.floor(Math.random() * size)));
}

/** Every key once, to fill a cache. */
export function each(size: number): Order {
  return sequential(size, 1 << Math.ceil(Math.log2(Math.max(size, 2))));
}

function firstAbove(cumulated: Float64Array, at: number): number {
  let low = 0;
  let high = cumulated.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulated[middle]! < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function ordered(keys: Int32Array): Order {
  const before = new Float64Array(keys.length + 1);
  for (let i = 0; i < keys.length; i += 1) before[i + 1] = before[i]! + keys[i]! + 1;
  const upTo = (end: number): number => {
    const whole = Math.floor(end / keys.length);
    return whole * before[keys.length]! + before[end - whole * keys.length]!;
  };
  return { keys, sum: (begin, end) => upTo(end) - upTo(begin) };
}
