import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { CacheOptions } from '../../src/index.js';

/** A job for a process. */
export interface Job {
  readonly kind: 'calls' | 'storm' | 'steady';
  readonly key: string;
  readonly count: number;
  /** Milliseconds that a computation takes. */
  readonly computing: number;
  /** Makes the function throw at its end. */
  readonly fails?: boolean;
  /** End of the job in milliseconds, by the clock that all processes share. */
  readonly until?: number;
}

/** Outcome of the calls of a job. */
export interface Outcome {
  /** Time at which each computation began. */
  readonly begun: readonly number[];
  /** Milliseconds until the last call settled. */
  readonly elapsed: number;
  readonly values: readonly number[];
  readonly errors: readonly string[];
}

/** The values that computations replaced; `null` if none was read before. */
export type Replaced = (number | null)[];

/** Calls, each with the time at which the computation of its value began, and invalidations. */
export interface Log {
  readonly calls: { key: string; began: number; value: number }[];
  readonly invalidations: { key: string; began: number; confirmed: number }[];
}

interface Message {
  readonly done?: unknown;
  readonly computing?: string;
  readonly unhandled?: string;
}

/** A process of a fleet. */
export class Member {
  readonly #child: ChildProcess;
  readonly unhandled: string[] = [];

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', ({ unhandled }: Message) => {
      if (unhandled !== undefined) this.unhandled.push(unhandled);
    });
  }

  /** Starts a process on a memcached, and waits until it is connected. */
  static async start(address: string, options: CacheOptions = {}): Promise<Member> {
    const child = fork(join(__dirname, 'fleet-worker.ts'), [JSON.stringify(options)], {
      execArgv: ['--import', 'tsx'],
      env: { ...process.env, MEMCACHE_SERVERS: address },
    });
    const member = new Member(child);
    await member.#hears(({ done }) => done === 'ready');
    return member;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  async run<T = Outcome>(job: Job): Promise<T> {
    const heard = this.#hears(({ done }) => done !== undefined);
    this.#child.send(job);
    return (await heard).done as T;
  }

  /** Resolves when the process begins to compute. */
  async computing(): Promise<this> {
    await this.#hears(({ computing }) => computing !== undefined);
    return this;
  }

  /** Kills the process, and waits for its exit. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill(signal);
    await ended;
  }

  /** Resolves with the first wanted message; never, if the process exits before. */
  #hears(wanted: (message: Message) => boolean): Promise<Message> {
    return new Promise((resolve) => {
      const listen = (message: Message): void => {
        if (!wanted(message)) return;
        this.#child.off('message', listen);
        resolve(message);
      };
      this.#child.on('message', listen);
    });
  }
}
