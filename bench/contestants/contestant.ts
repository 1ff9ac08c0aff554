import type { Built } from '../built.js';
import type { Call } from '../loops.js';
import type { Shape } from '../shapes.js';

/** Features that a contestant shares with memoaside. The tables show them beside its figures. */
export interface Does {
  readonly bound: boolean;
  readonly ttl: boolean;
  /** Its own keys never collide: two different lists of arguments have two keys. */
  readonly collisionFree: boolean;
  readonly note: string;
}

/** The function to memoize, and how. */
export interface Setting {
  readonly library: Built;
  readonly shape: Shape;
  readonly fn: Call;
  /** The bound of the cache: more entries than the case has keys. */
  readonly max: number;
  /** Whether `fn` returns a promise. */
  readonly promised: boolean;
  /** Callbacks for the end of the case: the timers of some contestants would keep their entries alive. */
  readonly closing: (() => unknown)[];
}

export interface Contestant {
  readonly name: string;
  readonly does: Does;
  /** The shapes whose arguments it tells apart, if it does not do so for all. */
  readonly tellsApart?: (shape: Shape) => boolean;
  /** Returns `undefined` if it cannot do the case. */
  make(setting: Setting): Promise<Call | undefined>;
  /** The contestant is left out above this number of keys: it searches a list, or filling it takes too long. */
  readonly maxKeys?: (shape: Shape) => number;
}

/** For contestants that take tens of microseconds a call. */
export const slow = (): number => 10_000;

export const HOUR = 3_600_000;

export const does = (bound: boolean, ttl: boolean, collisionFree: boolean, note = ''): Does => ({
  bound,
  ttl,
  collisionFree,
  note,
});

/** A single primitive is the Map's own key: 1 and '1' differ. */
export const single = (shape: Shape): boolean => shape.single;
/** Compares primitives argument by argument, but objects as JSON strings. */
export const primitives = (shape: Shape): boolean => !shape.object;

/**
 * Imports a peer. The type is `any`, because only this folder installs the peers, and the root is
 * type-checked without them.
 */
export const load = (name: string): Promise<any> => import(name);
