import type { Backend } from '../backend.js';
import { SingleFlight } from '../flight/single-flight.js';
import { UnconfirmedDeletes } from '../resilience/unconfirmed-deletes.js';

/** Claim of a function to a prefix of derived keys. */
export interface NameClaim {
  /** True if the name was written out, by the option `name`. */
  readonly written: boolean;
  /** Source of the function; `undefined` if it has none to read, as a bound function. */
  readonly source: string | undefined;
}

/** State of this process for the keys of a backend. Functions on one shared backend share it. */
export interface Keyspace {
  /** Prefixes of derived keys that functions of this process use. */
  readonly names: Map<string, NameClaim>;
  readonly flights: SingleFlight;
  readonly unconfirmedDeletes: UnconfirmedDeletes;
}

/** State of this process for one backend. */
interface BackendState {
  readonly owner: Backend;
  readonly keyspace: Keyspace;
}

/**
 * A registered symbol, so that two copies of the package in one process share the state. The number changes
 * with the form of the state, so that copies with different forms do not share it.
 */
const STATE = Symbol.for('memoaside.backend-state/2');
/** States of backends that cannot take a property, such as frozen ones, and of proxies. */
const states = new WeakMap<Backend, BackendState>();

/** The state of a backend. A copy of the object, a proxy or an object that inherits from it has its own. */
function stateOf(backend: Backend): BackendState {
  const known = states.get(backend) ?? ownState(backend);
  if (known !== undefined) return known;
  const state = { owner: backend, keyspace: newKeyspace() };
  if (!define(backend, state)) states.set(backend, state);
  return state;
}

function ownState(backend: Backend): BackendState | undefined {
  try {
    const own = Object.getOwnPropertyDescriptor(backend, STATE)?.value as BackendState | undefined;
    return own?.owner === backend ? own : undefined; // a proxy shows the state of its target
  } catch {
    return undefined; // a proxy that refuses
  }
}

function define(backend: Backend, state: BackendState): boolean {
  try {
    return (
      !Object.hasOwn(backend, STATE) && Reflect.defineProperty(backend, STATE, { value: state })
    );
  } catch {
    return false;
  }
}

export function newKeyspace(): Keyspace {
  return {
    names: new Map(),
    flights: new SingleFlight(),
    unconfirmedDeletes: new UnconfirmedDeletes(),
  };
}

/** The keyspace of a backend, or of the backend that its `keyspace` names. */
export function keyspaceOf(backend: Backend): Keyspace {
  return backend.keyspace === undefined ? stateOf(backend).keyspace : keyspaceOf(backend.keyspace);
}

/**
 * The next number for a prefix of keys. Each is used once in the process, by whichever copy of the package:
 * two backend objects may be views of one store.
 */
export function nextPrefix(): number {
  const counter = globalThis as { [PREFIXES]?: number };
  return (counter[PREFIXES] = (counter[PREFIXES] ?? 0) + 1);
}

const PREFIXES = Symbol.for('memoaside.prefixes');
