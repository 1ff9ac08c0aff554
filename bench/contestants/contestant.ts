import type { Built } from '../built.js';
import type { Call } from '../loops.js';
import type { Shape } from '../shapes.js';

/** What a contestant does of what memoaside does: the tables show it beside its figures. */
export interface Does {
  readonly bound: boolean;
  readonly ttl: boolean;
  /** Keys of its own making, under which no two different lists of arguments meet. */
  readonly collisionFree: boolean;
  readonly note: string;
}

/** What one is given to memoize, and how. */
export interface Setting {
  readonly library: Built;
  readonly shape: Shape;
  readonly fn: Call;
  /** Entries to keep at most: more than the case has keys. */
  readonly max: number;
  /** Whether `fn` answers with a promise. */
  readonly promised: boolean;
  /** What is left to do when the case is over, for those whose timers would keep all they hold. */
  readonly closing: (() => unknown)[];
}

export interface Contestant {
  readonly name: string;
  readonly does: Does;
  /** The shapes whose arguments it does tell apart, where it does not do so with all. */
  readonly tellsApart?: (shape: Shape) => boolean;
  /** Answers `undefined` where it cannot do the case. */
  make(setting: Setting): Promise<Call | undefined>;
  /** Left out above so many keys: a list is searched through, or to fill it takes longer than the case. */
  readonly maxKeys?: (shape: Shape) => number;
}

/** For those who take tens of microseconds a call. */
export const slow = (): number => 10_000;

export const HOUR = 3_600_000;

export const does = (bound: boolean, ttl: boolean, collisionFree: boolean, note = ''): Does => ({
  bound,
  ttl,
  collisionFree,
  note,
});

/** The Map's own notion of a key: 1 and '1' are two. */
export const single = (shape: Shape): boolean => shape.single;
/** Compares argument by argument, but reads objects as text. */
export const primitives = (shape: Shape): boolean => !shape.object;

/**
 * A peer. `any`, because the peers' types are installed with this folder alone, and the root is checked
 * without them.
 */
export const load = (name: string): Promise<any> => import(name);
