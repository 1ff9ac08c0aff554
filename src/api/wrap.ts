import type { Backend } from '../backend.js';
import { bounded } from '../backends/with-deadline.js';
import { lru } from '../backends/lru/lru.js';
import { scoped } from '../backends/with-prefix.js';
import { Cache } from '../cache.js';
import { newCall } from '../journey/call.js';
import { atOnce, controls, Handle, installHandle, promised, promising } from './controls.js';
import { Computing } from '../journey/compute.js';
import { Events } from '../events.js';
import { FailOpen } from '../resilience/fail-open.js';
import { Failures } from '../resilience/negative-cache.js';
import { Filling } from '../journey/store.js';
import { Fronts, isPrimitive, isSingle } from '../fast-path/argument-index.js';
import { isAsync, type AnyFunction } from './function-kind.js';
import { Hits } from '../fast-path/hit.js';
import { keyDerivation, type KeyDerivation } from '../keys/derivation.js';
import { Leasing } from '../journey/lease.js';
import { Lookup } from '../journey/lookup.js';
import { claimName, keyspaceOf } from '../backends/keyspace.js';
import {
  resolveOptions,
  type AnyOptions,
  type CacheOptions,
  type Settings,
} from '../options/options.js';
import { Owed } from '../resilience/unconfirmed-deletes.js';
import type { Parts } from '../journey/context.js';
import type { Pending } from '../flight/in-progress.js';
import { residentsOf, type Residents } from '../backends/lru/lru-entry.js';
import { Flight, SingleFlight } from '../flight/single-flight.js';
import { Upkeep } from '../journey/control.js';

/** What the functions of one cache share. */
export interface Host {
  readonly defaults: CacheOptions<Backend>;
  readonly events?: Events;
  readonly pending: Pending;
}

/** How a function is told from others. */
export interface Naming {
  /** The name in events, and the readable part of keys in process. Never throws. */
  readonly label: (self?: unknown) => string;
  /** The prefix of derived keys on a shared backend. Throws an `OptionError` when there is none. */
  readonly prefix: (self: unknown) => string;
  /** Whether the prefix is known at definition. */
  readonly eager: boolean;
  /** Whether in process each object that the function is called on has entries of its own. */
  readonly perInstance: boolean;
  /** Whether the function is a method: a call always has an object, and derived keys depend on it. */
  readonly method: boolean;
}

/** The function, memoized, with its controls on it. */
export function wrap(
  fn: AnyFunction,
  options: AnyOptions,
  host: Host,
  naming: Naming,
): AnyFunction {
  const settings = resolveOptions(options, host.defaults, naming.method ? '@cached' : 'memoize');
  const given = options.backend ?? host.defaults.backend;
  const backend = given === undefined ? lru() : bounded(given.shared ? given : scoped(given));
  const events = new Events(naming.label, settings.onEvent, host.events);
  const { cache, upkeep } = assemble(fn, settings, backend, given, events, host.pending);
  const perInstance = naming.perInstance && !backend.shared && settings.key === undefined;
  const prefix = given?.shared === true ? claiming(given, naming, settings) : settled(naming.label);
  const derivation = keyDerivation({
    key: settings.key,
    version: settings.version,
    name: prefix,
    parameters: fn.length,
    perInstance,
  });
  const handle = new Handle({
    original: fn,
    label: naming.label,
    upkeep,
    events,
    derivation,
    backend,
    perObject: settings.key === undefined && naming.method,
  });
  if (settings.key === undefined && naming.eager) prefix(undefined);
  const journey = { cache, derivation, promises: !backend.sync || isAsync(fn) };
  const residents = residentsOf(backend);
  const remembers = derivation.settledBy !== 'unknown' && settings.earlyRefresh === 0;
  const wrapper =
    residents !== undefined && remembers
      ? fronted(journey, residents, new Hits(events, residents), fn.length)
      : direct(journey);
  dress(wrapper, fn);
  Object.assign(wrapper, controls(handle, undefined, backend.sync ? atOnce : promising));
  installHandle(wrapper, handle);
  return wrapper;
}

interface Journey {
  readonly cache: Cache;
  readonly derivation: KeyDerivation;
  /** Whether every call answers with a promise. */
  readonly promises: boolean;
}

function direct({ cache, derivation, promises }: Journey): AnyFunction {
  const get = (self: unknown, args: readonly unknown[]): unknown =>
    cache.get(derivation.key(self, args), self, args);
  if (!promises) {
    return function (this: unknown, ...args: unknown[]): unknown {
      return get(this, args);
    };
  }
  return function (this: unknown, ...args: unknown[]): Promise<unknown> {
    return promised(get, this, args);
  };
}

/** The same, where the entries of calls with plain arguments are remembered. */
function fronted(
  { cache, derivation, promises }: Journey,
  residents: Residents,
  hits: Hits,
  parameters: number,
): AnyFunction {
  const fronts = new Fronts(residents, cache.flights, derivation.settledBy, promises);
  const { only } = fronts;
  const get = (self: unknown, args: readonly unknown[]): unknown => {
    const front = fronts.of(self);
    const mark = front?.mark(args);
    const key = derivation.key(self, args);
    const result = cache.get(key, self, args);
    if (front !== undefined && mark !== undefined) fronts.learn(front, mark, key);
    return result;
  };
  const join = (flight: Flight, key: string, self: unknown, args: readonly unknown[]): unknown => {
    const joined = (): unknown => cache.join(flight, newCall(key, self, args));
    return promises ? promising(joined) : joined();
  };
  const list = function (this: unknown, ...args: unknown[]): unknown {
    const front = only ?? fronts.of(this);
    const entry = isSingle(args) ? front?.single(args[0]) : front?.find(args);
    if (entry !== undefined) {
      if (hits.take(entry)) return entry.answer;
      if (entry.value instanceof Flight) return join(entry.value, entry.storedKey, this, args);
    }
    return promises ? promised(get, this, args) : get(this, args);
  };
  if (parameters > 1 || hits.told) return list;
  /* eslint-disable prefer-rest-params -- an array for each hit would cost as much as the hit */
  return function (this: unknown, first?: unknown): unknown {
    // What most hits go through, and so little that V8 inlines it: the rest is one call.
    if (arguments.length === 1 && isPrimitive(first)) {
      const entry = (only ?? fronts.of(this))?.singleAtOnce(first);
      if (entry !== undefined && hits.takeAtOnce(entry)) return entry.answer;
    }
    return Reflect.apply(list, this, arguments);
  };
  /* eslint-enable prefer-rest-params */
}

/** The journey and the upkeep of one function, on their common parts. */
function assemble(
  fn: AnyFunction,
  policy: Settings,
  backend: Backend,
  given: Backend | undefined,
  events: Events,
  pending: Pending,
): { cache: Cache; upkeep: Upkeep } {
  const failOpen = new FailOpen(backend, events, pending);
  const failures = new Failures(policy.errorTtl);
  const traffic = given?.shared === true ? trafficOn(given) : newTraffic();
  const parts: Parts = { policy, backend: failOpen, events, pending, failures, ...traffic };
  const lookup = new Lookup(parts);
  const filling = new Filling(parts);
  const computing = new Computing(fn, filling, parts);
  const leasing =
    backend.leases && policy.lease && new Leasing(failOpen, backend.leases, policy.lease);
  return {
    cache: new Cache(parts, lookup, computing, leasing),
    upkeep: new Upkeep(parts, lookup, computing, filling, leasing),
  };
}

type Traffic = Pick<Parts, 'flights' | 'owed'>;

const traffic = new WeakMap<Backend, Traffic>();

/** On a shared backend a text is one key for all functions, which so share what is under way for it. */
function trafficOn(backend: Backend): Traffic {
  const keyspace = keyspaceOf(backend);
  const found = traffic.get(keyspace) ?? newTraffic();
  traffic.set(keyspace, found);
  return found;
}

function newTraffic(): Traffic {
  return { flights: new SingleFlight(), owed: new Owed() };
}

/** The first name of a function: when a method comes to know its class, its keys stay what they are. */
function settled(label: Naming['label']): Naming['prefix'] {
  let first: string | undefined;
  return (self) => (first ??= label(self));
}

/** The prefixes of a function on a shared backend, each claimed when it is first used. */
function claiming(backend: Backend, naming: Naming, { version }: Settings): Naming['prefix'] {
  const mine = new Set<string>();
  return (self) => {
    const name = naming.prefix(self);
    if (!mine.has(name)) {
      claimName(backend, version === undefined ? name : `${name}@${version}`);
      mine.add(name);
    }
    return name;
  };
}

/** Makes the wrapper look like the function: name, length, and what others have put on it. */
function dress(wrapper: AnyFunction, fn: AnyFunction): void {
  for (const key of Reflect.ownKeys(fn)) {
    const own = Object.getOwnPropertyDescriptor(fn, key);
    if (own !== undefined && key !== 'prototype') Object.defineProperty(wrapper, key, own);
  }
}
