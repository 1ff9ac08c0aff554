import type { Entry } from '../backend.js';
import { reportAbort, type Call } from './call.js';
import { monotonicNow } from '../platform/clock.js';
import type { Computations } from './compute.js';
import type { Lookup } from './lookup.js';
import type { Context } from './context.js';
import { pollDelay, Polls } from './poll-delay.js';
import { abortable } from '../flight/abort-signal.js';

/** The waiting of calls for the computations of other processes. */
export class ProcessWait {
  readonly #polls = new Polls<Entry | undefined>();

  constructor(
    private readonly context: Context,
    private readonly lookup: Lookup,
    private readonly computing: Computations,
  ) {}

  /** What is there after a while, or `late` when the call has waited for as long as it may. */
  async poll(call: Call, found: Entry): Promise<Entry | undefined | 'late'> {
    const { key, signal } = call;
    const { events, policy } = this.context;
    const longest = Math.min(policy.lease?.wait ?? 0, policy.computeTimeout);
    call.waitingSince ??= monotonicNow();
    const waited = monotonicNow() - call.waitingSince;
    if (waited >= longest) return 'late';
    const cost = found.cost ?? this.computing.expected ?? 0;
    const delay = Math.min(pollDelay(cost, waited), longest - waited);
    const poll = this.#polls.next(key, delay, () => this.lookup.of(key));
    return abortable(poll, signal, () => {
      reportAbort(call, events);
    });
  }

  /** Tells how long a call has waited, if it has. */
  end(call: Call): void {
    if (call.waitingSince === undefined) return;
    this.context.events.emit(call.key, {
      type: 'wait',
      waited: monotonicNow() - call.waitingSince,
    });
    call.waitingSince = undefined;
  }
}
