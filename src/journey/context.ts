import type { Events } from '../events.js';
import type { FailOpen } from '../resilience/fail-open.js';
import type { NegativeCache } from '../resilience/negative-cache.js';
import type { Windows } from './freshness.js';
import type { LeaseOptions } from './lease.js';
import type { UnconfirmedDeletes } from '../resilience/unconfirmed-deletes.js';
import type { InProgress } from '../flight/in-progress.js';
import type { SingleFlight } from '../flight/single-flight.js';

/** What a function's options say of its values and computations; checked. */
export interface Policy extends Windows {
  /** Milliseconds for which a value is fresh. May throw. */
  readonly ttl: (value: unknown, args: readonly unknown[]) => number;
  /** The largest part of a ttl that is taken off at random. */
  readonly jitter: number;
  /** May throw. */
  readonly shouldCache: (value: unknown, args: readonly unknown[]) => boolean;
  /** Milliseconds for which an error is thrown again. */
  readonly errorTtl: number;
  /** Whether a stale value may answer in the place of this error. May throw. */
  readonly fallsBackOn: (error: unknown) => boolean;
  /** Milliseconds after which callers stop waiting; `Infinity` for never. */
  readonly computeTimeout: number;
  /** None: this function does without, even where the backend can. */
  readonly lease: LeaseOptions | undefined;
}

/** What the context of the cache of one function share. */
export interface Context {
  readonly policy: Policy;
  readonly backend: FailOpen;
  readonly events: Events;
  readonly inProgress: InProgress;
  readonly negativeCache: NegativeCache;
  /** Functions that share a backend share these two: where their keys meet, so do their calls. */
  readonly flights: SingleFlight;
  readonly unconfirmedDeletes: UnconfirmedDeletes;
}
