import type { Events } from '../events.js';
import type { InProgress } from '../flight/in-progress.js';
import type { SingleFlight } from '../flight/single-flight.js';
import type { Settings } from '../options/options.js';
import type { FailOpen } from '../resilience/fail-open.js';
import type { NegativeCache } from '../resilience/negative-cache.js';
import type { UnconfirmedDeletes } from '../resilience/unconfirmed-deletes.js';

/** Objects that the steps of one function's journey share. */
export interface Context {
  readonly settings: Settings;
  readonly backend: FailOpen;
  readonly events: Events;
  readonly inProgress: InProgress;
  readonly negativeCache: NegativeCache;
  /** Functions on one shared backend share these two: where their keys meet, so do their calls. */
  readonly flights: SingleFlight;
  readonly unconfirmedDeletes: UnconfirmedDeletes;
}
