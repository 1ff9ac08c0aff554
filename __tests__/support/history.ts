/** The options of a run that the checker needs, in milliseconds. */
export interface Allowed {
  readonly ttl: number;
  /** The longer of the stale windows. */
  readonly stale: number;
  /** The ttl of the in-process tier; 0 without one. */
  readonly tier: number;
}

interface Computation {
  readonly key: string;
  readonly process: number;
  /** Its place in the order of events. */
  began: number;
  /** Position of its end in the order of events, and its virtual time. */
  ended: number;
  endedAt: number;
}

interface Invalidation {
  readonly key: string;
  readonly process: number;
  /** Positions in the order of events: of its begin, and of its confirmed delete, if any. */
  readonly began: number;
  confirmed: number | undefined;
  /** Virtual time of the confirmation. */
  confirmedAt: number;
}

/** Records the events of a run in order, and checks them. */
export class History {
  #order = 0;
  readonly #computations: Computation[] = [];
  readonly #invalidations: Invalidation[] = [];
  /** Pairs of process and key with a lost or unanswered message. */
  readonly #unsaid = new Set<string>();
  readonly faults: string[] = [];

  constructor(
    private readonly allowed: Allowed,
    private readonly time: () => number,
  ) {}

  get computed(): number {
    return this.#computations.length;
  }

  /** Records the begin of a computation, and returns the string that must be its value. */
  begin(process: number, key: string): { readonly value: string; readonly end: () => void } {
    const began = (this.#order += 1);
    const computation = { key, process, began, ended: Infinity, endedAt: Infinity };
    const value = `${key}#${this.#computations.push(computation) - 1}`;
    return {
      value,
      end: () => {
        computation.ended = this.#order += 1;
        computation.endedAt = this.time();
      },
    };
  }

  /** Records a prime. Its value counts from its end, since until then the order is undetermined. */
  prime(process: number, key: string): { readonly value: string; readonly end: () => void } {
    const { value, end } = this.begin(process, key);
    const computation = this.#computations.at(-1)!;
    computation.began = Infinity;
    return {
      value,
      end: () => {
        end();
        computation.began = computation.ended;
      },
    };
  }

  /** Records a lost or unanswered message of a process about a key. */
  fault(process: number, key: string): void {
    this.#unsaid.add(`${process} ${key}`);
  }

  /** Records the begin of an invalidation. `confirm` records its confirmation. */
  invalidate(process: number, key: string): { readonly confirm: () => void } {
    const began = (this.#order += 1);
    const made = { key, process, began, confirmed: undefined, confirmedAt: Infinity };
    const invalidation: Invalidation = made;
    this.#invalidations.push(invalidation);
    return {
      confirm: () => {
        invalidation.confirmed = this.#order += 1;
        invalidation.confirmedAt = this.time();
      },
    };
  }

  /** Records the begin of a call. `answer` records and checks its value. */
  call(process: number, key: string): { readonly answer: (value: unknown) => void } {
    const [began, since] = [(this.#order += 1), this.time()];
    return {
      answer: (value) => {
        this.#judge(process, key, began, since, value);
      },
    };
  }

  #judge(process: number, key: string, began: number, since: number, value: unknown): void {
    const [, name, number] = /^(.+)#(\d+)$/.exec(String(value)) ?? [];
    const computation = this.#computations[Number(number)];
    if (computation === undefined || name !== key) {
      this.faults.push(`P1: a call of ${key} got ${String(value)}`);
      return;
    }
    for (const { key: of, began: cut, confirmed, ...made } of this.#invalidations) {
      if (of !== key || confirmed === undefined || confirmed > began) continue;
      const heardOf = made.process === process || since > made.confirmedAt + this.allowed.tier;
      if (computation.began < cut && heardOf && !this.#excused(process, began, computation)) {
        this.faults.push(`P5: a call of ${key} got ${String(value)}, of before an invalidation`);
      }
    }
    const age = since - computation.endedAt;
    if (age > this.allowed.ttl + this.allowed.stale) {
      this.faults.push(`a call of ${key} got ${String(value)}, ${age} ms old`);
    }
  }

  /** A call may get the value of a computation it joined if the backend did not reply to the fill. */
  #excused(process: number, began: number, computation: Computation): boolean {
    const { key, ended } = computation;
    return (
      process === computation.process && began < ended && this.#unsaid.has(`${process} ${key}`)
    );
  }
}
