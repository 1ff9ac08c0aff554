import type { Backend } from '../backend.js';
import { withDeadline } from '../backends/with-deadline.js';
import { lru } from '../backends/lru/lru.js';
import { withPrefix } from '../backends/with-prefix.js';
import { Cache } from '../cache.js';
import {
  asReturned,
  controls,
  FunctionControl,
  installControl,
  callAsPromise,
  asPromise,
} from './controls.js';
import { Computations } from '../journey/compute.js';
import { Events } from '../events.js';
import { FailOpen } from '../resilience/fail-open.js';
import { NegativeCache } from '../resilience/negative-cache.js';
import { Store } from '../journey/store.js';
import { Fronts, isPrimitive, isSingle } from '../fast-path/argument-index.js';
import { isAsync, type AnyFunction } from './function-kind.js';
import { Hits } from '../fast-path/hit.js';
import { keyDerivation, type KeyDerivation } from '../keys/derivation.js';
import { FleetLeases } from '../journey/lease.js';
import { Lookup } from '../journey/lookup.js';
import { keyspaceOf, newKeyspace } from '../backends/backend-state.js';
import { stablePrefix, uniquePrefix } from './key-prefix.js';
import {
  resolveOptions,
  type AnyOptions,
  type CacheOptions,
  type Settings,
} from '../options/options.js';
import type { Context } from '../journey/context.js';
import type { InProgress } from '../flight/in-progress.js';
import { entriesOf, type LiveEntries } from '../backends/lru/lru-entry.js';
import type { SingleFlight } from '../flight/single-flight.js';
import { EntryControl } from '../journey/control.js';

/** What the functions of one cache share. */
export interface CacheScope {
  readonly defaults: CacheOptions<Backend>;
  readonly events?: Events;
  readonly inProgress: InProgress;
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
  scope: CacheScope,
  naming: Naming,
): AnyFunction {
  const settings = resolveOptions(options, scope.defaults, naming.method ? '@cached' : 'memoize');
  const given = options.backend ?? scope.defaults.backend;
  const backend =
    given === undefined ? lru() : withDeadline(given.shared ? given : withPrefix(given));
  const events = new Events(naming.label, settings.onEvent, scope.events);
  const { cache, entries, flights } = assemble(
    fn,
    settings,
    backend,
    given,
    events,
    scope.inProgress,
  );
  const perInstance = naming.perInstance && !backend.shared && settings.key === undefined;
  const prefix =
    given?.shared === true
      ? uniquePrefix(given, naming.prefix, settings.version)
      : stablePrefix(naming.label);
  const derivation = keyDerivation({
    key: settings.key,
    version: settings.version,
    name: prefix,
    parameters: fn.length,
    perInstance,
  });
  const control = new FunctionControl({
    original: fn,
    label: naming.label,
    entries: entries,
    events,
    derivation,
    backend,
    perInstance: settings.key === undefined && naming.method,
  });
  if (settings.key === undefined && naming.eager) prefix(undefined);
  const journey = { cache, derivation, promises: !backend.sync || isAsync(fn) };
  const residents = entriesOf(backend);
  const remembers = derivation.determinedBy !== 'unknown' && settings.earlyRefresh === 0;
  const wrapper =
    residents !== undefined && remembers
      ? fronted(journey, residents, new Hits(events, residents), fn.length, flights)
      : direct(journey);
  mimic(wrapper, fn);
  Object.assign(wrapper, controls(control, undefined, backend.sync ? asReturned : asPromise));
  installControl(wrapper, control);
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
    return callAsPromise(get, this, args);
  };
}

/** The same, where the entries of calls with plain arguments are remembered. */
function fronted(
  { cache, derivation, promises }: Journey,
  residents: LiveEntries,
  hits: Hits,
  parameters: number,
  flights: SingleFlight,
): AnyFunction {
  const fronts = new Fronts(residents, derivation.determinedBy, promises);
  const { only } = fronts;
  const get = (self: unknown, args: readonly unknown[]): unknown => {
    const front = fronts.of(self);
    const mark = front?.mark(args);
    const key = derivation.key(self, args);
    const result = cache.get(key, self, args);
    if (front !== undefined && mark !== undefined) front.learn(mark, key);
    return result;
  };
  const list = function (this: unknown, ...args: unknown[]): unknown {
    const front = only ?? fronts.of(this);
    const entry = isSingle(args) ? front?.single(args[0]) : front?.find(args);
    if (entry !== undefined) {
      if (flights.size === 0 && hits.take(entry)) return entry.answer;
    }
    return promises ? callAsPromise(get, this, args) : get(this, args);
  };
  if (parameters > 1 || hits.told) return list;
  /* eslint-disable prefer-rest-params -- an array for each hit would cost as much as the hit */
  return function (this: unknown, first?: unknown): unknown {
    // What most hits go through, and so little that V8 inlines it: the rest is one call.
    if (arguments.length === 1 && isPrimitive(first)) {
      const entry = (only ?? fronts.of(this))?.singleAtOnce(first);
      if (entry !== undefined && flights.size === 0 && hits.takeAtOnce(entry)) return entry.answer;
    }
    return Reflect.apply(list, this, arguments);
  };
  /* eslint-enable prefer-rest-params */
}

/** The journey and the entries of one function, on their common context. */
function assemble(
  fn: AnyFunction,
  settings: Settings,
  backend: Backend,
  given: Backend | undefined,
  events: Events,
  inProgress: InProgress,
): { cache: Cache; entries: EntryControl; flights: SingleFlight } {
  const failOpen = new FailOpen(backend, events, inProgress);
  const negativeCache = new NegativeCache(settings.errorTtl);
  // On a shared backend a string is one key for all functions, which so share what is under way for it.
  const { flights, unconfirmedDeletes } =
    given?.shared === true ? keyspaceOf(given) : newKeyspace();
  const context: Context = {
    settings,
    backend: failOpen,
    events,
    inProgress,
    negativeCache,
    flights,
    unconfirmedDeletes,
  };
  const lookup = new Lookup(context);
  const store = new Store(context);
  const computations = new Computations(fn, store, context);
  const leases =
    backend.leases && settings.lease && new FleetLeases(failOpen, backend.leases, settings.lease);
  return {
    flights: context.flights,
    cache: new Cache(context, lookup, computations, leases),
    entries: new EntryControl(context, lookup, computations, store, leases),
  };
}

/** Makes the wrapper look like the function: name, length, and what others have put on it. */
function mimic(wrapper: AnyFunction, fn: AnyFunction): void {
  for (const key of Reflect.ownKeys(fn)) {
    const own = Object.getOwnPropertyDescriptor(fn, key);
    if (own !== undefined && key !== 'prototype') Object.defineProperty(wrapper, key, own);
  }
}
