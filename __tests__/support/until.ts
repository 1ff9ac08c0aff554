import type { MaybePromise } from '../../src/platform/maybe-promise.js';

/** Runs everything that is ready: microtasks, and one turn of the event loop. */
export const flush = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Runs twenty turns of the event loop, enough for the messages of a few commands. */
export async function flushMessages(): Promise<void> {
  for (let n = 0; n < 20; n += 1) await flush();
}

/** Waits until a condition holds; fails after `limit` milliseconds without it. */
export async function until(condition: () => MaybePromise<boolean>, limit = 10_000): Promise<void> {
  const end = performance.now() + limit;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not within ${limit} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Outcome of a promise. */
export type Outcome<T> = { value: T } | { error: Error } | 'pending';

/** Outcome of each promise when all have settled, or after `limit` milliseconds. */
export async function outcomes<T>(
  promises: readonly Promise<T>[],
  limit = 2_000,
): Promise<Outcome<T>[]> {
  const found = promises.map((): Outcome<T> => 'pending');
  const all = promises.map(async (promise, index) => {
    found[index] = await promise.then(
      (value) => ({ value }),
      (error: unknown) => ({ error: error as Error }),
    );
  });
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise((resolve) => (timer = setTimeout(resolve, limit)));
  await Promise.race([Promise.all(all), end]);
  clearTimeout(timer);
  return found;
}

/** Outcome of a promise when it has settled, or after `limit` milliseconds. */
export async function outcome<T>(promise: Promise<T>, limit?: number): Promise<Outcome<T>> {
  const [found] = await outcomes([promise], limit);
  return found!;
}

/** Tells whether a promise has rejected. */
export function failed(found: Outcome<unknown>): boolean {
  return found !== 'pending' && 'error' in found;
}

/** Milliseconds until the work has resolved or rejected. */
export async function elapsed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work().catch(() => undefined);
  return performance.now() - start;
}
