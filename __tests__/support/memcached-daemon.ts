import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { until } from './until.js';

const installed = spawnSync('memcached', ['-V']).status === 0;

/**
 * `describe` for suites that need memcached. Without it they are skipped; with `CI` set, where
 * nobody would notice, they fail.
 */
export const describeMemcached: (title: string, suite: () => void) => void = installed
  ? describe
  : process.env.CI
    ? (title) => test(`${title}: memcached is not installed`, () => expect(installed).toBe(true))
    : describe.skip;

export interface DaemonOptions {
  /** Listens on a unix socket instead of a port. */
  readonly unix?: boolean;
  /** Further arguments, such as `['-I', '8m']`. */
  readonly args?: readonly string[];
}

type Place = { readonly port: number } | { readonly path: string };

/** A real memcached for one test. */
export class MemcachedDaemon {
  readonly #place: Place;
  readonly #args: readonly string[];
  #child: ChildProcess;

  private constructor(place: Place, args: readonly string[]) {
    this.#place = place;
    this.#args = args;
    this.#child = launch(place, args);
  }

  /** Starts a daemon on a free port or its own socket, and waits until it replies. */
  static async start({ unix = false, args = [] }: DaemonOptions = {}): Promise<MemcachedDaemon> {
    for (let attempt = 1; ; attempt += 1) {
      const place = unix ? { path: join(temporaryFolder(), 's') } : { port: await freePort() };
      const daemon = new MemcachedDaemon(place, args);
      if (await daemon.#answers()) return daemon;
      // Another process may have taken the port in between.
      if (attempt === 3) throw new Error(`memcached ${args.join(' ')} does not start`);
    }
  }

  static startSeveral(count: number, options?: DaemonOptions): Promise<MemcachedDaemon[]> {
    return Promise.all(Array.from({ length: count }, () => MemcachedDaemon.start(options)));
  }

  /** Address for `memcached()`: `127.0.0.1:port`, or the path of the socket. */
  get address(): string {
    return 'path' in this.#place ? this.#place.path : `127.0.0.1:${this.#place.port}`;
  }

  /** Its port, or 0 for one on a unix socket. */
  get port(): number {
    return 'path' in this.#place ? 0 : this.#place.port;
  }

  /** Suspends the process: connections stay open, and nothing replies. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  /** Resumes the process. */
  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  /** Kills the process, and waits for its exit. All items are lost. */
  async kill(): Promise<void> {
    const child = this.#child;
    child.kill('SIGKILL');
    await until(() => child.exitCode !== null || child.signalCode !== null);
    running.delete(child);
  }

  /** Starts it again at the same address, empty, after `kill`. */
  async restart(): Promise<void> {
    await this.kill();
    this.#child = launch(this.#place, this.#args);
    if (!(await this.#answers())) throw new Error(`memcached does not start at ${this.address}`);
  }

  /** Stops it, and removes its files. */
  async stop(): Promise<void> {
    await this.kill();
    if ('path' in this.#place) rmSync(join(this.#place.path, '..'), { recursive: true });
  }

  /** Sends a line of the text protocol, and returns the first reply. */
  ask(line: string): Promise<string> {
    return ask(this.#place, line);
  }

  async #answers(): Promise<boolean> {
    const child = this.#child;
    let version = '';
    await until(async () => {
      version = await ask(this.#place, 'version').catch(() => '');
      return version !== '' || child.exitCode !== null;
    });
    return version.startsWith('VERSION') && child.exitCode === null;
  }
}

/** Daemons of interrupted tests end with this process. */
const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

function launch(place: Place, args: readonly string[]): ChildProcess {
  const where =
    'path' in place ? ['-s', place.path] : ['-l', '127.0.0.1', '-p', String(place.port), '-U', '0'];
  // memcached refuses to run as root unless told to.
  const command = [...where, '-u', userInfo().username, '-c', '4096', ...args];
  const child = spawn('memcached', command, { stdio: 'ignore' });
  running.add(child);
  return child;
}

function ask(place: Place, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(place, () => socket.write(`${line}\r\n`));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('closed without an answer')));
    socket.once('data', (bytes) => {
      resolve(bytes.toString('latin1'));
      socket.destroy();
    });
  });
}

function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'memoaside-'));
}

/** A port without a listener at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
