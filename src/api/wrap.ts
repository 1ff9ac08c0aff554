import type { Backend } from '../backend.js';
import { keyspaceOf, newKeyspace } from '../backends/backend-state.js';
import { lru } from '../backends/lru/lru.js';
import { withDeadline } from '../backends/with-deadline.js';
import { withPrefix } from '../backends/with-prefix.js';
import { Cache } from '../cache.js';
import { Events } from '../events.js';
import { fastPath } from '../fast-path/memoized-call.js';
import type { InProgress } from '../flight/in-progress.js';
import { Computations } from '../journey/compute.js';
import type { Context } from '../journey/context.js';
import { EntryControl } from '../journey/control.js';
import { FleetLeases } from '../journey/lease.js';
import { Lookup } from '../journey/lookup.js';
import { Store } from '../journey/store.js';
import { keyDerivation } from '../keys/derivation.js';
import {
  resolveOptions,
  type AnyOptions,
  type CacheOptions,
  type Settings,
} from '../options/options.js';
import { FailOpen } from '../resilience/fail-open.js';
import { NegativeCache } from '../resilience/negative-cache.js';
import { asReturned, asPromise, callAsPromise } from '../platform/maybe-promise.js';
import { controls, FunctionControl, installControl } from './controls.js';
import { isAsync, type AnyFunction } from './function-kind.js';
import { stablePrefix, uniquePrefix, type KeyPrefix } from './key-prefix.js';

/** What the functions of one cache share. */
export interface CacheScope {
  readonly defaults: CacheOptions<Backend>;
  readonly events?: Events;
  readonly inProgress: InProgress;
}

/** How a function is told from others. */
export interface Naming {
  /** Name in events, and the readable part of keys in process. Never throws. */
  readonly label: (self?: unknown) => string;
  /** Prefix of derived keys on a shared backend. Throws an `OptionError` if there is none. */
  readonly prefix: KeyPrefix;
  /** True if the prefix is known at definition. */
  readonly eager: boolean;
  /** True if in process each object that the function is called on has entries of its own. */
  readonly perInstance: boolean;
  /** True for a method: a call always has an object, and derived keys depend on it. */
  readonly method: boolean;
}

/** The function, memoized, with its controls on it: options, backend, keys and journey put together. */
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
  const { cache, entries, context } = assemble(fn, settings, backend, given, events, scope);
  const derived = settings.key === undefined;
  const prefix =
    given?.shared === true
      ? uniquePrefix(given, naming.prefix, settings.version)
      : stablePrefix(naming.label);
  const derivation = keyDerivation({
    key: settings.key,
    version: settings.version,
    name: prefix,
    parameters: fn.length,
    perInstance: naming.perInstance && !backend.shared && derived,
  });
  if (derived && naming.eager) prefix(undefined);
  const promises = !backend.sync || isAsync(fn);
  const wrapper =
    // With earlyRefresh a hit is more than a look at the entry.
    (settings.earlyRefresh === 0
      ? fastPath({
          backend,
          events,
          flights: context.flights,
          derivation,
          parameters: fn.length,
          promises,
          call: (key, self, args) => cache.get(key, self, args),
        })
      : undefined) ??
    journeyOf(promises, (self, args) => cache.get(derivation.key(self, args), self, args));
  mimic(wrapper, fn);
  const control = new FunctionControl({
    original: fn,
    label: naming.label,
    entries,
    events,
    derivation,
    backend,
    perInstance: derived && naming.method,
  });
  Object.assign(wrapper, controls(control, undefined, backend.sync ? asReturned : asPromise));
  installControl(wrapper, control);
  return wrapper;
}

function journeyOf(
  promises: boolean,
  get: (self: unknown, args: readonly unknown[]) => unknown,
): AnyFunction {
  if (!promises) {
    return function (this: unknown, ...args: unknown[]): unknown {
      return get(this, args);
    };
  }
  return function (this: unknown, ...args: unknown[]): Promise<unknown> {
    return callAsPromise(get, this, args);
  };
}

/** The journey of one function and the control of its entries, on their common context. */
function assemble(
  fn: AnyFunction,
  settings: Settings,
  backend: Backend,
  given: Backend | undefined,
  events: Events,
  { inProgress }: CacheScope,
): { cache: Cache; entries: EntryControl; context: Context } {
  // On a shared backend a string is one key for all functions, which so share what is under way for it.
  const { flights, unconfirmedDeletes } =
    given?.shared === true ? keyspaceOf(given) : newKeyspace();
  const context: Context = {
    settings,
    backend: new FailOpen(backend, events, inProgress),
    events,
    inProgress,
    negativeCache: new NegativeCache(settings.errorTtl),
    flights,
    unconfirmedDeletes,
  };
  const lookup = new Lookup(context);
  const store = new Store(context);
  const computations = new Computations(fn, store, context);
  const leases =
    backend.leases &&
    settings.lease &&
    new FleetLeases(context.backend, backend.leases, settings.lease);
  return {
    context,
    cache: new Cache(context, lookup, computations, leases),
    entries: new EntryControl(context, lookup, computations, store, leases),
  };
}

/** Makes the wrapper look like the function: name, length, and properties that others have put on it. */
function mimic(wrapper: AnyFunction, fn: AnyFunction): void {
  for (const key of Reflect.ownKeys(fn)) {
    const own = Object.getOwnPropertyDescriptor(fn, key);
    if (own !== undefined && key !== 'prototype') Object.defineProperty(wrapper, key, own);
  }
}
