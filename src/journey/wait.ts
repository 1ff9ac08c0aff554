import type { Found } from '../entry.js';
import { abortable } from '../flight/abort-signal.js';
import { monotonicNow } from '../platform/clock.js';
import { reportAbort, type Call } from './call.js';
import type { Computations } from './compute.js';
import type { Context } from './context.js';
import type { Lookup } from './lookup.js';

/** Milliseconds. */
const SHORTEST_DELAY = 10;
const LONGEST_DELAY = 250;
const LONGEST_LATE_DELAY = 500;

/**
 * Milliseconds until the next poll: an eighth of what the computation is expected to cost and, once it is
 * late, an eighth of the lateness; plus or minus a random quarter.
 */
export function pollDelay(cost: number, waited: number): number {
  const due = Math.min(Math.max(cost / 8, SHORTEST_DELAY), LONGEST_DELAY);
  const late = Math.min((waited - cost) / 8, LONGEST_LATE_DELAY);
  return Math.max(due, late) * (0.75 + Math.random() / 2);
}

/** The wait step: calls poll for the value that another process computes. */
export class ProcessWait {
  /** Planned polls by key. A call that begins to wait before the next poll of its key shares it. */
  readonly #polls = new Map<string, Promise<Found>>();

  constructor(
    private readonly context: Context,
    private readonly lookup: Lookup,
    private readonly computations: Computations,
  ) {}

  /**
   * Polls once. Resolves to `'late'` when `lease.wait`, or `computeTimeout`, is used up; by then a look-up
   * may still be under way, or a poll shared that was planned a little later. A call that has joined a
   * flight meanwhile waits anew.
   */
  async poll(call: Call, found: Found): Promise<Found | 'late'> {
    const { key, signal } = call;
    const { events, settings } = this.context;
    const longest = Math.min(settings.lease?.wait ?? 0, settings.computeTimeout);
    call.waitingSince ??= monotonicNow();
    const waited = monotonicNow() - call.waitingSince;
    if (waited >= longest) return 'late';
    const cost = costOf(found) ?? this.computations.expected ?? 0;
    const delay = Math.min(pollDelay(cost, waited), longest - waited);
    return abortable(this.#next(key, delay), signal, () => {
      reportAbort(call, events);
    });
  }

  /** Ends the waiting of a call, if it has waited, and reports how long. */
  endWait(call: Call): void {
    if (call.waitingSince === undefined) return;
    const waited = monotonicNow() - call.waitingSince;
    this.context.events.emit(call.key, { type: 'wait', waited });
    call.waitingSince = undefined;
  }

  #next(key: string, delay: number): Promise<Found> {
    const planned = this.#polls.get(key);
    if (planned !== undefined) return planned;
    const poll = new Promise<void>((resolve) => setTimeout(resolve, delay)).then(() => {
      // From now on the poll is under way: a call that begins later must not accept its answer.
      this.#polls.delete(key);
      return this.lookup.of(key);
    });
    this.#polls.set(key, poll);
    return poll;
  }
}

function costOf(found: Found): number | undefined {
  if (found.kind === 'entry') return found.entry.cost;
  return found.kind === 'leased' ? found.cost : undefined;
}
