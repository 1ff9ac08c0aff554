import type { Request } from '../protocol/request.js';

const INITIAL_SLOTS = 64;

/**
 * What is in flight on one connection, in the order in which it was sent: a ring that grows, since a
 * map of pending requests costs a third of the throughput in garbage.
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

  /** The one that was sent so many after the first. */
  at(index: number): Request | undefined {
    return index < this.#length
      ? this.#slots[(this.#head + index) & (this.#slots.length - 1)]
      : undefined;
  }

  /** The first so many, in order; there must be as many. */
  first(count: number): Request[] {
    return this.#inOrder(count);
  }

  /** Takes out the first so many. */
  drop(count: number): void {
    for (let n = 0; n < count; n += 1) {
      this.#slots[this.#head] = undefined;
      this.#head = (this.#head + 1) & (this.#slots.length - 1);
    }
    this.#length -= count;
  }

  /** Everything in flight, in order; nothing is afterwards. */
  drain(): Request[] {
    const requests = this.#inOrder();
    this.#slots = new Array<Request | undefined>(INITIAL_SLOTS);
    this.#head = 0;
    this.#length = 0;
    return requests;
  }

  /**
   * The nearest deadline, `Infinity` when there is none. Mostly the head's, but a request sent again on
   * a fresh connection has kept its deadline, and may stand behind others.
   */
  earliestDeadline(): number {
    return this.#inOrder().reduce(
      (earliest, { deadline }) => Math.min(earliest, deadline),
      Infinity,
    );
  }

  /** How many are past their deadline at `time`. */
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
