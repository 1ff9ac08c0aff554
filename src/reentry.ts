/**
 * Knows which computations the running code is part of, so that a computation never waits for itself:
 * neither for its own key, nor in a circle with others. Where the platform has no AsyncLocalStorage only
 * synchronous re-entry is seen.
 */

/** A computation, as far as waiting goes. */
export interface Waiting {
  landed: boolean;
  /** The computations that this one is waiting for now. */
  readonly waitsFor: Set<Waiting>;
}

interface Frame {
  readonly work: Waiting;
  parent: Frame | undefined;
}

interface Storage {
  run<R>(store: Frame, work: () => R): R;
  getStore(): Frame | undefined;
}

interface Builtins {
  getBuiltinModule?: (id: string) => { AsyncLocalStorage: new () => Storage };
}

const storage = createStorage();

function createStorage(): Storage | undefined {
  const builtins = (globalThis as { process?: Builtins }).process;
  const hooks = builtins?.getBuiltinModule?.('node:async_hooks');
  return hooks === undefined ? undefined : new hooks.AsyncLocalStorage();
}

/** The frame of a computation that answers at once: while it runs, nothing else does. */
let current: Frame | undefined;

/** Runs a computation, so that what it calls, now and later, is known to be part of it. */
export function runAs<R>(work: Waiting, compute: () => R): R {
  if (storage === undefined) return runAtOnceAs(work, compute);
  return storage.run(frameOf(work), () => withCurrent(undefined, compute));
}

/** `runAs` for a computation that leaves nothing for later: cheaper, and costs no promise anything. */
export function runAtOnceAs<R>(work: Waiting, compute: () => R): R {
  return withCurrent(frameOf(work), compute);
}

function frameOf(work: Waiting): Frame {
  const parent = liveFrame();
  parent?.work.waitsFor.add(work);
  return { work, parent };
}

function withCurrent<R>(frame: Frame | undefined, compute: () => R): R {
  const outer = current;
  current = frame;
  try {
    return compute();
  } finally {
    current = outer;
  }
}

/** The landing of a computation: it waits for nothing any more. */
export function land(work: Waiting): void {
  work.landed = true;
  work.waitsFor.clear();
}

/** Whether the running code, were it to wait for `target`, would wait for itself. */
export function waitsForItself(target: Waiting): boolean {
  const mine = new Set<Waiting>();
  for (let frame = liveFrame(); frame !== undefined; frame = frame.parent) mine.add(frame.work);
  return mine.size > 0 && reaches(target, mine, new Set());
}

/** If the running code is part of a computation, notes that it waits for `target` until taken back. */
export function noteWait(target: Waiting): (() => void) | undefined {
  const work = liveFrame()?.work;
  if (work === undefined) return undefined;
  work.waitsFor.add(target);
  return () => work.waitsFor.delete(target);
}

function reaches(from: Waiting, goal: Set<Waiting>, seen: Set<Waiting>): boolean {
  if (goal.has(from)) return true;
  if (from.landed || seen.has(from)) return false;
  seen.add(from);
  for (const next of from.waitsFor) if (reaches(next, goal, seen)) return true;
  return false;
}

/**
 * The innermost computation under way. Landed ones are unlinked on the way: code that a computation
 * left behind (a timer, a stream) would otherwise collect them for ever.
 */
function liveFrame(): Frame | undefined {
  const innermost = liveFrom(current ?? storage?.getStore());
  for (let frame = innermost; frame !== undefined; frame = frame.parent) {
    frame.parent = liveFrom(frame.parent);
  }
  return innermost;
}

function liveFrom(frame: Frame | undefined): Frame | undefined {
  let live = frame;
  while (live?.work.landed === true) live = live.parent;
  return live;
}
