/** Stands in the place of `src/fast-path/memoized-call.ts` when the suites run without the fast path. */
export function fastPath(): undefined {
  return undefined;
}
