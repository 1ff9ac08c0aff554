import type { Backend } from '../backend.js';
import { SingleFlight } from '../flight/single-flight.js';
import { UnconfirmedDeletes } from '../resilience/unconfirmed-deletes.js';

/** What this process knows of the keys of a backend. */
export interface Keyspace {
  /** Prefixes of derived keys that a function uses. */
  readonly names: Set<string>;
  readonly flights: SingleFlight;
  readonly unconfirmedDeletes: UnconfirmedDeletes;
}

/** What this process knows of one backend. */
interface BackendState {
  readonly owner: Backend;
  readonly keyspace: Keyspace;
  /** Number of prefixes that were given out: see `withPrefix`. */
  prefixes: number;
}

/**
 * Registered, so that two copies of the package in one process share the state; and with a number, so that
 * copies whose states have another form do not.
 */
const STATE = Symbol.for('memoaside.backend-state/1');
/** States of backends that take no property: frozen ones, and proxies. */
const states = new WeakMap<Backend, BackendState>();

/** The state of a backend. A copy of the object, a proxy of it, or one that inherits from it has its own. */
function stateOf(backend: Backend): BackendState {
  const own = (Object.getOwnPropertyDescriptor(backend, STATE)?.value ?? states.get(backend)) as
    BackendState | undefined;
  if (own?.owner === backend) return own;
  const proxied = states.get(backend);
  if (proxied !== undefined) return proxied;
  const state = { owner: backend, keyspace: newKeyspace(), prefixes: 0 };
  if (own === undefined && Object.isExtensible(backend)) {
    Object.defineProperty(backend, STATE, { value: state });
  } else {
    states.set(backend, state);
  }
  return state;
}

export function newKeyspace(): Keyspace {
  return {
    names: new Set(),
    flights: new SingleFlight(),
    unconfirmedDeletes: new UnconfirmedDeletes(),
  };
}

/** The keyspace of a backend: that of the backend behind it, if it names one. */
export function keyspaceOf(backend: Backend): Keyspace {
  return backend.keyspace === undefined ? stateOf(backend).keyspace : keyspaceOf(backend.keyspace);
}

/** A number that no other part of this backend has. */
export function nextPrefix(backend: Backend): number {
  return (stateOf(backend).prefixes += 1);
}
