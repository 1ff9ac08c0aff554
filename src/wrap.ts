import type { Backend } from './backend.js';
import { bounded } from './backends/bounded.js';
import { lru } from './backends/lru.js';
import { scoped } from './backends/scoped.js';
import { Cache } from './cache.js';
import { atOnce, controls, Handle, installHandle, promising } from './controls.js';
import { Events } from './events.js';
import { isAsync, type AnyFunction } from './function-kind.js';
import { keyDerivation, type KeyDerivation } from './key/derive.js';
import { claimName } from './namespace.js';
import { resolveOptions, type AnyOptions, type CacheOptions, type Settings } from './options.js';
import type { Pending } from './pending.js';

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
  /** Whether the prefix depends on the object that the function is called on. */
  readonly objectInPrefix: boolean;
  /** Whether the function is a method: a call always has an object. */
  readonly method: boolean;
  /** The object that controls mean when they are given none. */
  readonly home: () => unknown;
}

/** The function, memoized, with its controls on it. */
export function wrap(
  fn: AnyFunction,
  options: AnyOptions,
  host: Host,
  naming: Naming,
): AnyFunction {
  const settings = resolveOptions(options, host.defaults);
  const given = options.backend ?? host.defaults.backend;
  const backend = given === undefined ? lru() : bounded(given.shared ? given : scoped(given));
  const events = new Events(naming.label, settings.onEvent, host.events);
  const cache = new Cache(fn, { ...settings, backend, events, pending: host.pending });
  const perInstance = naming.perInstance && !backend.shared && settings.key === undefined;
  const prefix = given?.shared === true ? claiming(given, naming, settings) : naming.label;
  const derivation = keyDerivation({
    key: settings.key,
    version: settings.version,
    name: prefix,
    parameters: fn.length,
    perInstance,
  });
  const handle = new Handle({
    original: fn,
    cache,
    events,
    derivation,
    backend,
    perObject: settings.key === undefined && dependsOnObject(naming, backend),
    home: naming.home,
  });
  if (settings.key === undefined && naming.eager) prefix(undefined);
  const promises = !backend.sync || isAsync(fn);
  const wrapper = promises ? asynchronous(cache, derivation) : synchronous(cache, derivation);
  dress(wrapper, fn);
  Object.assign(wrapper, controls(handle, undefined, backend.sync ? atOnce : promising));
  installHandle(wrapper, handle);
  return wrapper;
}

function synchronous(cache: Cache, derivation: KeyDerivation): AnyFunction {
  return function (this: unknown, ...args: unknown[]): unknown {
    return cache.get(derivation.key(this, args), this, args);
  };
}

function asynchronous(cache: Cache, derivation: KeyDerivation): AnyFunction {
  return function (this: unknown, ...args: unknown[]): Promise<unknown> {
    return promising(() => cache.get(derivation.key(this, args), this, args));
  };
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

/** Whether a derived key of the function means nothing without an object. */
function dependsOnObject(naming: Naming, backend: Backend): boolean {
  return backend.shared ? naming.objectInPrefix : naming.perInstance && naming.method;
}

/** Makes the wrapper look like the function: name, length, and what others have put on it. */
function dress(wrapper: AnyFunction, fn: AnyFunction): void {
  for (const key of Reflect.ownKeys(fn)) {
    const own = Object.getOwnPropertyDescriptor(fn, key);
    if (own !== undefined && key !== 'prototype') Object.defineProperty(wrapper, key, own);
  }
}
