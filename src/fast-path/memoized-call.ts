import type { Backend } from '../backend.js';
import { entriesOf } from '../backends/lru/lru-entry.js';
import { deliver } from '../entry.js';
import type { Events } from '../events.js';
import type { SingleFlight } from '../flight/single-flight.js';
import type { KeyDerivation } from '../keys/derivation.js';
import type { Token } from '../keys/tokens.js';
import { coarseTick } from '../platform/coarse-clock.js';
import {
  InstanceIndexes,
  kindOfList,
  type ArgumentIndex,
  type ListKind,
} from './argument-index.js';
import { ArgumentReader } from './argument-reader.js';
import type { ArgumentSlot } from './argument-slot.js';

type Callable = (this: unknown, ...args: unknown[]) => unknown;

/** The function to wrap, as far as the fast path goes. */
export interface MemoizedCall {
  readonly backend: Backend;
  readonly events: Events;
  readonly flights: SingleFlight;
  readonly derivation: KeyDerivation;
  /** Number of parameters that the function declares. */
  readonly parameters: number;
  /** True if every call returns a promise. */
  readonly promises: boolean;
  /** The journey of a call. */
  readonly call: (key: string, self: unknown, args: readonly unknown[]) => unknown;
}

const reader = new ArgumentReader();

/**
 * The memoized function with the fast path before its journey: a call with plain arguments whose entry is
 * fresh is answered without a key. Returns `undefined` where there is no fast path: on any backend but
 * `lru`, and where the arguments do not determine the key.
 *
 * Nothing else knows of the fast path. It answers only when the journey would answer the same: the entry is
 * the one of the key, it is fresh, and no flight of the key is there to join.
 */
export function fastPath(memoized: MemoizedCall): Callable | undefined {
  const { events, flights, derivation, parameters, promises, call } = memoized;
  const { determinedBy } = derivation;
  const entries = entriesOf(memoized.backend);
  if (entries === undefined || determinedBy === 'unknown') return undefined;
  const { policy } = entries;
  const { joinable } = flights;
  const perInstance = determinedBy === 'instance';
  const indexes = new InstanceIndexes();
  const { shared } = indexes;

  /** True if the slot may answer the call; then the hit is counted. */
  const hit = (slot: ArgumentSlot): boolean => {
    if (!slot.fresh) return false;
    if (joinable.size > 0 && joinable.get(slot.key) !== undefined) return false;
    slot.recordAccess(policy);
    events.hit(slot.key);
    return true;
  };

  /** The journey of a call, whose entry is added to the index if it is stored in the end. */
  const journey = (
    self: unknown,
    args: readonly unknown[],
    index: ArgumentIndex | undefined,
    kind: ListKind | undefined,
  ): unknown => {
    // Copied now: the function may change its arguments, and calls inside it use the reader.
    const tokens = kind === 'structured' ? reader.tokens.slice(0, reader.count) : args;
    const key = derivation.key(self, args);
    const result = call(key, self, args);
    if (index === undefined || kind === undefined) return result;
    const entry = entries.find(key);
    // An entry is in the index once: where the key is a template, other arguments lead to it too.
    if (entry === undefined || entry.slot !== undefined) return result;
    const answer = promises ? Promise.resolve(entry.value) : deliver(entry);
    index.add(entry, kind, tokens as readonly Token[], key, answer);
    return result;
  };

  const general: Callable = function (...args) {
    const index = perInstance ? indexes.of(this) : shared;
    let kind: ListKind | undefined;
    let slot: ArgumentSlot | undefined;
    if (index !== undefined) {
      kind = kindOfList(args);
      if (kind === 'single') slot = index.single(args[0]);
      else if (kind === 'primitives') slot = index.primitives(args);
      else if (determinedBy === 'primitives' || !reader.read(args)) kind = undefined;
      else slot = index.structured(reader.tokens, reader.count);
    }
    if (slot !== undefined && hit(slot)) return slot.answer;
    if (!promises) return journey(this, args, index, kind);
    try {
      return Promise.resolve(journey(this, args, index, kind));
    } catch (error) {
      return Promise.reject(error as Error);
    }
  };

  /** `hit` for most calls: nothing but a look at the slot, and a count. False where there is more to it. */
  const quickHit = (slot: ArgumentSlot): boolean => {
    if (coarseTick() >= slot.freshTick || joinable.size > 0) return false;
    if (slot.epoch !== policy.epoch) slot.recordAccess(policy);
    events.countHit();
    return true;
  };

  // A listener is told of each hit by its key: not a case for speed.
  if (parameters > 2 || events.hasListeners) return general;
  /* eslint-disable prefer-rest-params -- an array for each hit would cost as much as the hit */
  // Small functions, in which most hits end, and which V8 inlines.
  if (parameters === 2) {
    return function (this: unknown, first?: unknown, second?: unknown): unknown {
      if (arguments.length === 2) {
        const slot = (perInstance ? indexes.of(this) : shared)?.pair(first, second);
        if (slot !== undefined && quickHit(slot)) return slot.answer;
      }
      return Reflect.apply(general, this, arguments);
    };
  }
  if (perInstance) {
    return function (this: unknown, argument?: unknown): unknown {
      if (arguments.length === 1) {
        const slot = indexes.of(this)?.single(argument);
        if (slot !== undefined && quickHit(slot)) return slot.answer;
      }
      return Reflect.apply(general, this, arguments);
    };
  }
  const { numbers, others } = shared.singles;
  return function (this: unknown, argument?: unknown): unknown {
    if (arguments.length === 1) {
      const slot = typeof argument === 'number' ? numbers.get(argument) : others.get(argument);
      if (slot !== undefined && quickHit(slot)) return slot.answer;
    }
    return Reflect.apply(general, this, arguments);
  };
  /* eslint-enable prefer-rest-params */
}
