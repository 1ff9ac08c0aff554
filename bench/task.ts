import type { Outcome } from './measure.js';

/** The order to a process run. */
export interface Task {
  /** The file of the built library. */
  readonly library: string;
  /** The directory of another checkout, whose library is measured beside this one. */
  readonly against?: string | undefined;
  /** Cases of one function at a time, or of a service: each has processes of its own. */
  readonly setting: 'alone' | 'service';
  readonly quick: boolean;
  readonly only: string;
  readonly rounds: number;
  /** Milliseconds of one measurement. */
  readonly slice: number;
}

/** Messages from a process run. */
export type Report =
  | { readonly type: 'at'; readonly done: number; readonly of: number; readonly name: string }
  | { readonly type: 'outcome'; readonly outcome: Outcome }
  | { readonly type: 'done' };
