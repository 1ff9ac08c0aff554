import type { Request } from '../protocol/request.js';

const INITIAL_SLOTS = 64;

/**
 * The requests in flight on one connection, in the order in which they were sent. It is a growing ring
 * buffer, because a map of requests costs a third of the throughput in garbage.
 */
export class RequestQueue {
  #slots = new Array<Request | undefined>(INITIAL_SLOTS);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(request: Request): void {
    if (this.#length === this.#slots.length) this.#grow();
    this.#slots[(this.#head + this.#length) & (this.#slots.length - 1)] = request;
    this.#length += 1;
  }

  /** Returns the request at an index from the oldest, 0, on. */
  at(index: number): Request | undefined {
    return index < this.#length
      ? this.#slots[(this.#head + index) & (this.#slots.length - 1)]
      : undefined;
  }

  /** Returns the `count` oldest requests; the queue must hold that many. */
  first(count: number): Request[] {
    return this.#inOrder(count);
  }

  /** Removes the `count` oldest requests. */
  drop(count: number): void {
    for (let n = 0; n < count; n += 1) {
      this.#slots[this.#head] = undefined;
      this.#head = (this.#head + 1) & (this.#slots.length - 1);
    }
    this.#length -= count;
  }

  /** Removes and returns all requests. */
  drain(): Request[] {
    const requests = this.#inOrder();
    this.#slots = new Array<Request | undefined>(INITIAL_SLOTS);
    this.#head = 0;
    this.#length = 0;
    return requests;
  }

  /**
   * Returns the earliest deadline, or `Infinity` if the queue is empty. It need not be that of the oldest
   * request: a request that was resent on a new connection keeps its deadline.
   */
  earliestDeadline(): number {
    return this.#inOrder().reduce(
      (earliest, { deadline }) => Math.min(earliest, deadline),
      Infinity,
    );
  }

  /** Returns the number of requests whose deadline is not after `time`. */
  overdue(time: number): number {
    return this.#inOrder().filter(({ deadline }) => deadline <= time).length;
  }

  #inOrder(count = this.#length): Request[] {
    const end = this.#head + count;
    const wrapped = Math.max(0, end - this.#slots.length);
    const slots = this.#slots.slice(this.#head, end).concat(this.#slots.slice(0, wrapped));
    return slots as Request[];
  }

  #grow(): void {
    const slots: (Request | undefined)[] = this.#inOrder();
    slots.length = this.#length * 2;
    this.#slots = slots;
    this.#head = 0;
  }
}
