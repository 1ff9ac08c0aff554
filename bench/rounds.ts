export type Op = (i: number) => PromiseLike<unknown>;

/** Milliseconds that `count` operations took, with `concurrency` of them in flight. */
export async function took(op: Op, count: number, concurrency = 1): Promise<number> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await op((next += 1));
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: concurrency }, worker));
  return performance.now() - began;
}

/** The figures of several contestants, a row a round. */
export type Rounds<Name extends string> = readonly Readonly<Record<Name, number>>[];

/** Measures every contestant once a round, in a random order. The first round only warms up. */
export async function rounds<Name extends string>(
  count: number,
  measures: Readonly<Record<Name, () => Promise<number>>>,
): Promise<Rounds<Name>> {
  const names = Object.keys(measures) as Name[];
  const all: Record<Name, number>[] = [];
  for (let round = 0; round <= count; round += 1) {
    const row = {} as Record<Name, number>;
    for (const name of shuffled(names)) row[name] = await measures[name]();
    all.push(row);
  }
  return all.slice(1);
}

/** The median over the rounds, with the least and the greatest value. */
export function spread<Row>(
  all: readonly Row[],
  valueOf: (row: Row) => number,
  digits = 2,
): string {
  const values = all.map(valueOf).sort((a, b) => a - b);
  const at = (index: number): string => (values[index] ?? NaN).toFixed(digits);
  return `${at(values.length >> 1)} [${at(0)}-${at(values.length - 1)}]`;
}

export function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
