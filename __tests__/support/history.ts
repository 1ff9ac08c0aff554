/** What the checker must know of the options of a run, in milliseconds. */
export interface Allowed {
  readonly ttl: number;
  /** The longer of the stale windows. */
  readonly stale: number;
  /** For how long a tier in process answers without asking; 0 without one. */
  readonly tier: number;
}

interface Computation {
  readonly key: string;
  readonly process: number;
  /** Its place in the order of events. */
  began: number;
  /** The same of its end, and the virtual time, at which it ended. */
  ended: number;
  endedAt: number;
}

interface Invalidation {
  readonly key: string;
  readonly process: number;
  /** Its place in the order of events; of its delete on the store, if that was carried out. */
  readonly began: number;
  confirmed: number | undefined;
  /** The virtual time of that. */
  confirmedAt: number;
}

/** What happened in a run, in order, and whether it may have. */
export class History {
  #order = 0;
  readonly #computations: Computation[] = [];
  readonly #invalidations: Invalidation[] = [];
  /** Where a message about a key was lost or not answered. */
  readonly #unsaid = new Set<string>();
  readonly faults: string[] = [];

  constructor(
    private readonly allowed: Allowed,
    private readonly time: () => number,
  ) {}

  get computed(): number {
    return this.#computations.length;
  }

  /** A computation begins; its value is to be this text. */
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

  /** A value is primed: it counts from when that is done, since until then it may come before or after. */
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

  /** A message of a process about a key is lost, or is not answered. */
  fault(process: number, key: string): void {
    this.#unsaid.add(`${process} ${key}`);
  }

  /** An invalidation begins; to be told when it is confirmed. */
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

  /** A call begins; to be told its value. */
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

  /** Who joined a computation whose fill the backend did not answer may have its value. */
  #excused(process: number, began: number, computation: Computation): boolean {
    const { key, ended } = computation;
    return (
      process === computation.process && began < ended && this.#unsaid.has(`${process} ${key}`)
    );
  }
}
