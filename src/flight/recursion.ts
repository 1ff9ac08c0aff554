import { unref } from '../platform/clock.js';

/**
 * Knows which computations the running code is part of, so that a computation never waits for itself:
 * neither for its own key, nor in a circle with others. Where the platform has no AsyncLocalStorage, only
 * synchronous recursion is seen.
 */

/** A computation in the graph of who waits for whom. Used by this file alone. */
export class WaitForNode {
  settled = false;
  /** True if the computation was begun by `runInside`. */
  tracked = false;
  /** Computations that this one waits for now. */
  waitsFor: Set<WaitForNode> | undefined;
  /** The computation that this one is part of. */
  parent: WaitForNode | undefined;
  /** What goes on, after this one has settled, for those who wait for it. */
  successor: WaitForNode | undefined;
}

interface Frame {
  readonly node: WaitForNode;
  parent: Frame | undefined;
}

interface Storage {
  run<R>(store: Frame | undefined, work: () => R): R;
  getStore(): Frame | undefined;
  disable(): void;
}

interface ProcessWithBuiltins {
  getBuiltinModule?: (id: string) => { AsyncLocalStorage: new () => Storage };
}

const storage = createStorage();

/** Milliseconds without a computation under way after which the storage is disabled. */
const QUIET = 100;

/** Tracked computations under way. */
let running = 0;
/** Computations begun since the timer was armed. */
let begun = 0;
let armed = false;

function createStorage(): Storage | undefined {
  const { process } = globalThis as { process?: ProcessWithBuiltins };
  const hooks = process?.getBuiltinModule?.('node:async_hooks');
  return hooks === undefined ? undefined : new hooks.AsyncLocalStorage();
}

/** Runs a computation, so that whatever it calls, now and later, is known to be part of it. */
export function runInside<R>(node: WaitForNode, compute: () => R): R {
  if (storage === undefined) return compute();
  node.tracked = true;
  running += 1;
  begun += 1;
  const parent = liveFrame();
  if (parent !== undefined) {
    node.parent = parent.node;
    addWait(parent.node, node);
  }
  return storage.run({ node, parent }, compute);
}

/** Runs work whose outcome takes the place of a computation that has settled, for those who wait for that. */
export async function runInPlaceOf(settled: WaitForNode, work: () => unknown): Promise<unknown> {
  const successor = new WaitForNode();
  settled.successor = successor;
  try {
    return await runInside(successor, work);
  } finally {
    settleNode(successor);
  }
}

/** Runs work that nobody will wait for as part of no computation, whichever has caused it. */
export function runOutside<R>(work: () => R): R {
  return storage === undefined || liveFrame() === undefined ? work() : storage.run(undefined, work);
}

/** Ends a computation: it waits for nothing any more, and nothing waits for it. */
export function settleNode(node: WaitForNode): void {
  if (node.tracked && !node.settled) {
    running -= 1;
    if (running === 0 && !armed) armQuietTimer();
  }
  node.settled = true;
  node.parent?.waitsFor?.delete(node);
  node.parent = undefined;
  node.waitsFor = undefined;
}

/**
 * Up to Node 22 an AsyncLocalStorage, once used, is a tax on every promise of the process: a quarter of the
 * cost of a hit on memcached. So it is disabled after a while without a computation, when it knows nothing
 * that is still of use; the next computation enables it again.
 */
function armQuietTimer(): void {
  armed = true;
  begun = 0;
  const timer = setTimeout(() => {
    armed = false;
    if (running > 0) return;
    if (begun === 0) disableTracking();
    else armQuietTimer();
  }, QUIET);
  unref(timer);
}

/** Disables the storage until the next computation. Computations under way are forgotten. */
function disableTracking(): void {
  storage?.disable();
}

/**
 * Notes that the running code is about to wait for `target`. Returns the function that takes the note back;
 * `undefined` if the code is part of no computation, so that there is nothing to note; `'itself'` if it
 * would wait for itself.
 */
export function noteWait(target: WaitForNode): (() => void) | undefined | 'itself' {
  const innermost = liveFrame();
  if (innermost === undefined) return undefined;
  const around = new Set<WaitForNode>();
  for (let frame: Frame | undefined = innermost; frame !== undefined; frame = frame.parent) {
    around.add(frame.node);
  }
  if (reaches(target, around, new Set())) return 'itself';
  const { node } = innermost;
  addWait(node, target);
  return () => node.waitsFor?.delete(target);
}

function addWait(node: WaitForNode, target: WaitForNode): void {
  (node.waitsFor ??= new Set()).add(target);
}

function reaches(from: WaitForNode, goal: Set<WaitForNode>, seen: Set<WaitForNode>): boolean {
  if (goal.has(from)) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  if (from.settled) return from.successor !== undefined && reaches(from.successor, goal, seen);
  for (const next of from.waitsFor ?? []) if (reaches(next, goal, seen)) return true;
  return false;
}

/**
 * The innermost computation under way. Settled ones are unlinked on the way: code that a computation left
 * behind (a timer, a stream) would otherwise collect them for ever.
 */
function liveFrame(): Frame | undefined {
  const innermost = firstLive(storage?.getStore());
  for (let frame = innermost; frame !== undefined; frame = frame.parent) {
    frame.parent = firstLive(frame.parent);
  }
  return innermost;
}

function firstLive(frame: Frame | undefined): Frame | undefined {
  let live = frame;
  while (live?.node.settled === true) live = live.parent;
  return live;
}
