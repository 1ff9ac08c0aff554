import type { SkipReason } from '../events.js';
import type { StoreOutcome, Flight } from '../flight/flight.js';
import type { Settings } from '../options/options.js';
import { then, type MaybePromise } from '../platform/maybe-promise.js';
import type { Context } from './context.js';
import { jittered, longestWindow } from './freshness.js';
import { deleteStored } from './invalidate.js';
import {
  decideStore,
  refusal,
  type StorePermit,
  type StorePlan,
  type StoreState,
  type Worth,
} from './store-permit.js';

/** A value to store. */
export interface Computed {
  readonly value: unknown;
  readonly args: readonly unknown[];
  /** True if the function returned a promise of it. */
  readonly promised: boolean;
  /** Milliseconds that the computation took. */
  readonly cost: number;
  /** The computation; absent for a value that was primed at once. */
  readonly flight: Flight | undefined;
  readonly permit: StorePermit;
  readonly previous: Previous;
}

/**
 * State that the value replaces. `found`: something was stored, and is deleted if the value is declined.
 * `obsolete`: `refresh` or `prime` was called, so an older value goes even if the new one cannot be stored.
 */
export type Previous = 'none' | 'found' | 'obsolete';

/** The store step. Never fails. */
export class Store {
  constructor(private readonly context: Context) {}

  put(key: string, computed: Computed): MaybePromise<StoreOutcome> {
    const { events, unconfirmedDeletes, inProgress } = this.context;
    inProgress.begin();
    const pending = unconfirmedDeletes.pending(key);
    const stored = then(this.#carryOut(key, computed), (outcome) => {
      if (outcome === 'stored') {
        unconfirmedDeletes.confirm(key, pending);
        events.emit(key, { type: 'store', cost: computed.cost });
      } else if (mustDelete(computed, outcome)) {
        return then(deleteStored(key, this.context), () => outcome);
      }
      return outcome;
    });
    return then(stored, (outcome) => {
      inProgress.end();
      return outcome;
    });
  }

  #carryOut(key: string, computed: Computed): MaybePromise<StoreOutcome> {
    const { permit } = computed;
    const { backend, events } = this.context;
    const plan = this.#plan(key, computed);
    switch (plan.step) {
      case 'set':
        return then(backend.set(key, plan.entry), (stored) => (stored ? 'stored' : 'unknown'));
      case 'fill':
        return plan.lease.fill(plan.entry).then((outcome) => {
          if (outcome === 'fenced') events.emit(key, { type: 'skip', reason: 'fenced' });
          return outcome;
        });
      case 'keepWhileDown': {
        events.emit(key, { type: 'skip', reason: 'backendDown' });
        // Not released: it would fail, and delete what is kept here. It expires by itself.
        if (permit.kind === 'lease') permit.lease.stopRenewing();
        backend.setWhileDown(key, plan.entry);
        return 'unknown';
      }
      case 'skip':
        return this.#skip(key, plan.reason, permit);
      case 'decline':
        if (plan.reason !== 'callbackFailed') {
          events.emit(key, { type: 'skip', reason: plan.reason });
        }
        // The delete also tells whether the value may be shared: whether the lease was still good.
        return permit.kind === 'lease' ? permit.lease.deleteValue() : 'declined';
    }
  }

  #plan(key: string, computed: Computed): StorePlan {
    const { backend } = this.context;
    const before = this.#state(computed);
    // The callbacks run only for a value that may be stored, and may themselves invalidate the key.
    const reason = refusal(before);
    if (reason !== undefined) return { step: 'skip', reason };
    const worth = this.#worth(key, computed);
    const down = typeof worth !== 'string' && backend.isDown(key);
    return decideStore(this.#state(computed), worth, down);
  }

  #state({ permit, flight }: Computed): StoreState {
    const { keepsWhileDown } = this.context.backend;
    return { permit, fenced: flight?.fenced === true, keepsWhileDown };
  }

  #worth(key: string, { value, args, promised, cost }: Computed): Worth {
    const { backend, settings } = this.context;
    const wanted = backend.guardCallback('shouldCache', key, () =>
      settings.shouldCache(value, args),
    );
    if (wanted === undefined) return 'callbackFailed';
    if (!wanted) return 'shouldCache';
    const ttl = backend.guardCallback('ttl', key, () => settings.ttl(value, args));
    if (ttl === undefined) return 'callbackFailed';
    if (ttl === 0) return 'ttl';
    const freshUntil = settings.time.now() + jittered(ttl, settings.jitter);
    const keepUntil = freshUntil + longestWindow(settings) + spareTime(settings, cost);
    return { value, freshUntil, keepUntil, cost, promised };
  }

  #skip(
    key: string,
    reason: Exclude<SkipReason, 'ttl' | 'shouldCache'>,
    permit: StorePermit,
  ): StoreOutcome {
    this.context.events.emit(key, { type: 'skip', reason });
    if (permit.kind === 'lease') void permit.lease.release();
    if (reason === 'leaseHeld') return 'declined';
    return reason === 'fenced' ? 'fenced' : 'unknown';
  }
}

/** Milliseconds to refresh in, so that the entry is still there for the fill to replace. */
function spareTime(settings: Settings, cost: number): number {
  return longestWindow(settings) > 0 || settings.earlyRefresh > 0 ? 4 * cost : 0;
}

/** True if the stored entry has to go. With a lease it is deleted already if the value was declined. */
function mustDelete({ previous, permit }: Computed, outcome: StoreOutcome): boolean {
  if (outcome === 'declined') return previous !== 'none' && permit.kind !== 'lease';
  return outcome === 'unknown' && previous === 'obsolete';
}
