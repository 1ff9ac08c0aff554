import type { Outcome } from './measure.js';

/** What a process run is told to do. */
export interface Task {
  /** Where the library was built. */
  readonly library: string;
  readonly quick: boolean;
  readonly only: string;
  readonly rounds: number;
  /** Milliseconds of one measurement. */
  readonly slice: number;
}

/** What it tells. */
export type Report =
  | { readonly type: 'at'; readonly done: number; readonly of: number; readonly name: string }
  | { readonly type: 'outcome'; readonly outcome: Outcome }
  | { readonly type: 'done' };
