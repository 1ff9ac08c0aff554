/**
 * Knows which computations the running code is part of, so that a computation never waits for itself:
 * neither for its own key, nor in a circle with others. Where the platform has no AsyncLocalStorage only
 * synchronous re-entry is seen.
 */

/** A computation, as far as waiting goes. */
export interface WaitForNode {
  settled: boolean;
  /** The computations that this one is waiting for now, if there ever were any. */
  waitsFor: Set<WaitForNode> | undefined;
  /** The computation that this one is part of. */
  parent: WaitForNode | undefined;
  /** Whether it was begun by `runAs`. */
  tracked: boolean;
}

interface Frame {
  readonly work: WaitForNode;
  parent: Frame | undefined;
}

interface Storage {
  run<R>(store: Frame | undefined, work: () => R): R;
  getStore(): Frame | undefined;
  disable(): void;
}

interface Builtins {
  getBuiltinModule?: (id: string) => { AsyncLocalStorage: new () => Storage };
}

const storage = createStorage();

/** Hits without a computation after which the storage rests. */
const QUIET = 100;

/** Computations under way. */
let live = 0;
/** Hits since the last computation began, counted up to QUIET: from then on the storage rests. */
let quiet = QUIET;

function createStorage(): Storage | undefined {
  const builtins = (globalThis as { process?: Builtins }).process;
  const hooks = builtins?.getBuiltinModule?.('node:async_hooks');
  return hooks === undefined ? undefined : new hooks.AsyncLocalStorage();
}

/** Runs a computation, so that what it calls, now and later, is known to be part of it. */
export function runInside<R>(work: WaitForNode, compute: () => R): R {
  if (storage === undefined) return compute();
  work.tracked = true;
  live += 1;
  quiet = 0;
  const parent = liveFrame();
  if (parent !== undefined) {
    work.parent = parent.work;
    addWait(parent.work, work);
  }
  return storage.run({ work, parent }, compute);
}

/** Runs what nobody is going to wait for as part of no computation, whichever has caused it. */
export function runOutside<R>(work: () => R): R {
  return storage === undefined || liveFrame() === undefined ? work() : storage.run(undefined, work);
}

/** The landing of a computation: it waits for nothing any more, and nothing waits for it. */
export function settle(work: WaitForNode): void {
  if (work.tracked && !work.settled) live -= 1;
  work.settled = true;
  work.parent?.waitsFor?.delete(work);
  work.parent = undefined;
  work.waitsFor = undefined;
}

/**
 * To be told of hits. Up to Node 22 an AsyncLocalStorage, once used, is a tax on every promise of the
 * process, a quarter of the cost of a remote hit; to begin again costs as much as two. So after many
 * hits with no computation under way, when it knows nothing that is still of use, it is laid down.
 */
export function hitsSeen(count: number): void {
  if (quiet === QUIET || live > 0) return;
  quiet = Math.min(quiet + count, QUIET);
  if (quiet === QUIET) disableTracking();
}

/** Lays the storage down until the next computation. What is under way is forgotten. */
export function disableTracking(): void {
  quiet = QUIET;
  storage?.disable();
}

/**
 * Notes that the running code is about to wait for `target`, and answers how to take that back;
 * `undefined` if it is part of no computation, so that there is nothing to note; `'itself'` if it would
 * wait for itself.
 */
export function noteWait(target: WaitForNode): (() => void) | undefined | 'itself' {
  const innermost = liveFrame();
  if (innermost === undefined) return undefined;
  const mine = new Set<WaitForNode>();
  for (let frame: Frame | undefined = innermost; frame !== undefined; frame = frame.parent) {
    mine.add(frame.work);
  }
  if (reaches(target, mine, new Set())) return 'itself';
  const { work } = innermost;
  addWait(work, target);
  return () => work.waitsFor?.delete(target);
}

function addWait(work: WaitForNode, target: WaitForNode): void {
  (work.waitsFor ??= new Set()).add(target);
}

function reaches(from: WaitForNode, goal: Set<WaitForNode>, seen: Set<WaitForNode>): boolean {
  if (goal.has(from)) return true;
  if (from.settled || seen.has(from)) return false;
  seen.add(from);
  for (const next of from.waitsFor ?? []) if (reaches(next, goal, seen)) return true;
  return false;
}

/**
 * The innermost computation under way. Landed ones are unlinked on the way: code that a computation
 * left behind (a timer, a stream) would otherwise collect them for ever.
 */
function liveFrame(): Frame | undefined {
  const innermost = liveFrom(storage?.getStore());
  for (let frame = innermost; frame !== undefined; frame = frame.parent) {
    frame.parent = liveFrom(frame.parent);
  }
  return innermost;
}

function liveFrom(frame: Frame | undefined): Frame | undefined {
  let live = frame;
  while (live?.work.settled === true) live = live.parent;
  return live;
}
