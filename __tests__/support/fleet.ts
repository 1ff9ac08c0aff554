import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { CacheOptions } from '../../src/index.js';

/** What a process is to do. */
export interface Job {
  readonly kind: 'calls' | 'storm' | 'steady';
  readonly key: string;
  readonly count: number;
  /** Milliseconds that its function computes. */
  readonly computing: number;
  /** Whether its function throws in the end. */
  readonly fails?: boolean;
  /** By the time that all processes share, in milliseconds. */
  readonly until?: number;
}

/** What came of its calls. */
export interface Outcome {
  /** When each of its computations began. */
  readonly begun: readonly number[];
  /** Milliseconds until the last call was answered. */
  readonly elapsed: number;
  readonly values: readonly number[];
  readonly errors: readonly string[];
}

/** The values that its computations were to replace; `null` where none was read before. */
export type Replaced = (number | null)[];

/** Its calls, each with the time at which the value's computation began, and its invalidations. */
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

  /** Starts one on a memcached, and waits until it is connected. */
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

  /** Resolves when it begins to compute. */
  async computing(): Promise<this> {
    await this.#hears(({ computing }) => computing !== undefined);
    return this;
  }

  /** Ends it, and waits until it has ended. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill(signal);
    await ended;
  }

  /** Never, if the process ends before. */
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
