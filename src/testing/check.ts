import type { Backend } from '../backend.js';
import type { Entry } from '../entry.js';
import { monotonicNow } from '../platform/clock.js';

/** Defines one test of the contract. */
export type Check = (what: string, body: (backend: Backend) => Promise<void>) => void;

export const HOUR = 3_600_000;

export function entry(value: unknown, freshUntil = monotonicNow() + HOUR): Entry {
  return { value, freshUntil, promised: true };
}

let last = 0;
/** A key that no other test or process uses. */
export const freshKey = (): string => `contract:${process.pid}:${Date.now()}:${(last += 1)}`;
