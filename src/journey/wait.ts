import type { Entry } from '../backend.js';
import { tellLeft, type Call } from './call.js';
import { now } from '../platform/clock.js';
import type { Computing } from './compute.js';
import type { Lookup } from './lookup.js';
import type { Parts } from './context.js';
import { pollDelay, Polls } from './poll-delay.js';
import { abortable } from '../flight/abort-signal.js';

/** The waiting of calls for the computations of other processes. */
export class Waiting {
  readonly #polls = new Polls<Entry | undefined>();

  constructor(
    private readonly parts: Parts,
    private readonly lookup: Lookup,
    private readonly computing: Computing,
  ) {}

  /** What is there after a while, or `late` when the call has waited for as long as it may. */
  async look(call: Call, found: Entry): Promise<Entry | undefined | 'late'> {
    const { key, signal } = call;
    const { events, policy } = this.parts;
    const longest = Math.min(policy.lease?.wait ?? 0, policy.computeTimeout);
    call.waitsSince ??= now();
    const waited = now() - call.waitsSince;
    if (waited >= longest) return 'late';
    const cost = found.cost ?? this.computing.expected ?? 0;
    const delay = Math.min(pollDelay(cost, waited), longest - waited);
    const poll = this.#polls.next(key, delay, () => this.lookup.of(key));
    return abortable(poll, signal, () => {
      tellLeft(call, events);
    });
  }

  /** Tells how long a call has waited, if it has. */
  end(call: Call): void {
    if (call.waitsSince === undefined) return;
    this.parts.events.emit(call.key, { type: 'wait', waited: now() - call.waitsSince });
    call.waitsSince = undefined;
  }
}
