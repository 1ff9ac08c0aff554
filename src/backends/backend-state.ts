import type { Backend } from '../backend.js';
import { SingleFlight } from '../flight/single-flight.js';
import { UnconfirmedDeletes } from '../resilience/unconfirmed-deletes.js';

/** State of this process for the keys of a backend. Functions on one shared backend share it. */
export interface Keyspace {
  /** Prefixes of derived keys that functions of this process use. */
  readonly names: Set<string>;
  readonly flights: SingleFlight;
  readonly unconfirmedDeletes: UnconfirmedDeletes;
}

/** State of this process for one backend. */
interface BackendState {
  readonly owner: Backend;
  readonly keyspace: Keyspace;
  /** Number of prefixes that `withPrefix` has used. */
  prefixes: number;
}

/**
 * A registered symbol, so that two copies of the package in one process share the state. The number changes
 * with the form of the state, so that copies with different forms do not share it.
 */
const STATE = Symbol.for('memoaside.backend-state/1');
/** States of backends that cannot take a property, such as frozen ones, and of proxies. */
const states = new WeakMap<Backend, BackendState>();

/** The state of a backend. A copy of the object, a proxy or an object that inherits from it has its own. */
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

/** The keyspace of a backend, or of the backend that its `keyspace` names. */
export function keyspaceOf(backend: Backend): Keyspace {
  return backend.keyspace === undefined ? stateOf(backend).keyspace : keyspaceOf(backend.keyspace);
}

/** The next number for a prefix of keys: each is used once per backend. */
export function nextPrefix(backend: Backend): number {
  return (stateOf(backend).prefixes += 1);
}
