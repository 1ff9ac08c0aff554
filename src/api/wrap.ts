import type { Backend } from '../backend.js';
import { keyspaceOf, newKeyspace } from '../backends/backend-state.js';
import { lru } from '../backends/lru/lru.js';
import { withDeadline } from '../backends/with-deadline.js';
import { withPrefix } from '../backends/with-prefix.js';
import { Cache } from '../cache.js';
import { Events } from '../events.js';
import { fastPath } from '../fast-path/memoized-call.js';
import type { InProgress } from '../flight/in-progress.js';
import type { SingleFlight } from '../flight/single-flight.js';
import { Computations } from '../journey/compute.js';
import type { Context } from '../journey/context.js';
import { EntryControl } from '../journey/control.js';
import { FleetLeases } from '../journey/lease.js';
import { Lookup } from '../journey/lookup.js';
import { Store } from '../journey/store.js';
import {
  resolveOptions,
  type AnyOptions,
  type CacheOptions,
  type Settings,
} from '../options/options.js';
import { FailOpen } from '../resilience/fail-open.js';
import { NegativeCache } from '../resilience/negative-cache.js';
import { asReturned, asPromise, callAsPromise } from '../platform/maybe-promise.js';
import { SYSTEM_TIME } from '../platform/time.js';
import { warnOnce } from '../platform/warning.js';
import { controls, FunctionControl, installControl } from './function-control.js';
import { isAsync, type AnyFunction } from './function-kind.js';
import { deriveKeys, type Naming } from './key-prefix.js';

/** State that the functions of one cache share. */
export interface CacheScope {
  readonly defaults: CacheOptions<Backend>;
  readonly events?: Events;
  readonly inProgress: InProgress;
}

/**
 * Composition root: memoizes a function by joining options, backend, journey, keys, fast path and controls.
 */
export function wrap(
  fn: AnyFunction,
  options: AnyOptions,
  scope: CacheScope,
  naming: Naming,
): AnyFunction {
  const settings = resolveOptions(options, scope.defaults, naming.method ? '@cached' : 'memoize');
  const requested = options.backend ?? scope.defaults.backend;
  const shared = requested?.shared === true ? requested : undefined;
  const backend =
    requested === undefined
      ? lru()
      : withDeadline(requested.shared ? requested : withPrefix(requested));
  const warnings = {
    enabled: settings.warnings,
    backendIsHeard: requested?.hasListener === true,
  };
  const events = new Events(naming.label, warnings, settings.onEvent, scope.events);
  if (settings.warnings) warnOfUseless(settings, naming.label());
  const { cache, entries, flights } = assemble(fn, settings, backend, shared, events, scope);
  const derivation = deriveKeys(fn, settings, shared, naming);
  const promises = !backend.sync || isAsync(fn);
  // With earlyRefresh a hit may start a refresh, and the fast path knows no clock but the system's.
  const fast =
    settings.earlyRefresh > 0 || settings.time !== SYSTEM_TIME
      ? undefined
      : fastPath({
          backend,
          events,
          flights,
          derivation,
          parameters: fn.length,
          promises,
          call: (key, self, args) => cache.get(key, self, args),
        });
  const wrapper =
    fast ?? journeyOf(promises, (self, args) => cache.get(derivation.key(self, args), self, args));
  mimic(wrapper, fn);
  const control = new FunctionControl({
    original: fn,
    label: naming.label,
    entries,
    events,
    derivation,
    backend,
    perInstance: settings.key === undefined && naming.method,
  });
  const own = controls(control, undefined, backend.sync ? asReturned : asPromise);
  // Defined, because to assign to a read-only property that `mimic` has copied would throw.
  Object.defineProperties(wrapper, Object.getOwnPropertyDescriptors(own));
  installControl(wrapper, control);
  return wrapper;
}

function warnOfUseless({ useless }: Settings, name: string): void {
  if (useless === undefined) return;
  warnOnce('MEMOASIDE_USELESS_OPTION', name, () => {
    return `${name}: \`${useless}\` has no effect without a \`ttl\`, because the values never become stale; add a ttl`;
  });
}

/** Builds the journey of one function and the control of its entries, on their common context. */
function assemble(
  fn: AnyFunction,
  settings: Settings,
  backend: Backend,
  shared: Backend | undefined,
  events: Events,
  { inProgress }: CacheScope,
): { cache: Cache; entries: EntryControl; flights: SingleFlight } {
  // On a shared backend a key belongs to all functions, so they share its flights and unconfirmed deletes.
  const { flights, unconfirmedDeletes } = shared === undefined ? newKeyspace() : keyspaceOf(shared);
  const context: Context = {
    settings,
    backend: new FailOpen(backend, events, inProgress),
    events,
    inProgress,
    negativeCache: new NegativeCache(settings.errorTtl, settings.time.now),
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
    flights,
    cache: new Cache(context, lookup, computations, leases),
    entries: new EntryControl(context, lookup, computations, store, leases),
  };
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

/**
 * Copies the name, the length and all other properties of the function to the wrapper. The copies can be
 * redefined, also those of a frozen function, so that controls and metadata can take their places.
 */
function mimic(wrapper: AnyFunction, fn: AnyFunction): void {
  for (const key of Reflect.ownKeys(fn)) {
    const own = Object.getOwnPropertyDescriptor(fn, key);
    if (own !== undefined && key !== 'prototype') {
      Object.defineProperty(wrapper, key, { ...own, configurable: true });
    }
  }
}
