import type { Socket } from 'node:net';
import { monotonicNow } from '../../../platform/clock.js';
import { Alarm } from './alarm.js';
import { destroySocket, type SocketListener } from './open-socket.js';
import { FrameReader } from './frame-reader.js';
import { Outbox } from './outbox.js';
import { statusText, Status } from '../protocol/protocol.js';
import { MISS, QuietGets, countSilentGets } from './quiet-gets.js';
import type { Reply } from '../protocol/reply.js';
import { RequestQueue } from './request-queue.js';
import type { Request } from '../protocol/request.js';

/** How a connection ended. */
export interface Death {
  /** What went wrong, as the end of a sentence about the server. */
  readonly reason: string;
  readonly cause?: unknown;
  /** What was in flight, in order. */
  readonly requests: readonly Request[];
  /** How many of them were past their deadline. */
  readonly overdue: number;
  /** Whether it had answered a request before. */
  readonly hadAnswered: boolean;
}

/** Who owns a connection. */
export interface ConnectionOwner {
  answered(request: Request, reply: Reply): void;
  died(death: Death): void;
}

export interface ConnectionOptions {
  /** Milliseconds from the end of the tick in which a request is sent to its deadline. */
  readonly timeout: number;
  /** The longest reply to accept, in bytes. */
  readonly maxReply: number;
  /** The login, to be answered before anything else is sent. */
  readonly login?: Request;
}

const NO_REQUESTS: readonly Request[] = [];

/**
 * One socket's life: from its opening to its only death. It owns the state of the parser and what is in
 * flight, so that nothing of it can outlive it: a reply must answer the request that was sent first, but
 * for quiet gets, and whatever else happens is the end, at once, for everything in flight.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #owner: ConnectionOwner;
  readonly #options: ConnectionOptions;
  readonly #frames: FrameReader;
  readonly #queue = new RequestQueue();
  readonly #outbox = new Outbox();
  readonly #gets = new QuietGets();
  /** Sent in this tick: the deadline runs from its end. */
  #sentThisTick: Request[] = [];
  #ready = false;
  #hadAnswered = false;
  #dead = false;
  readonly #alarm = new Alarm(() => this.#onAlarm());
  #onClosed: (() => void) | undefined;

  constructor(
    open: (listener: SocketListener) => Socket,
    owner: ConnectionOwner,
    options: ConnectionOptions,
  ) {
    this.#owner = owner;
    this.#options = options;
    this.#frames = new FrameReader(options.maxReply);
    this.#socket = open({ onReady: this.#onReady, onBytes: this.#onBytes })
      .on('error', this.#onError)
      .on('end', this.#onPeerClose)
      .on('close', this.#onPeerClose);
    if (options.login) this.#enqueue(options.login);
  }

  /** Requests in flight, those not yet written included. */
  get pending(): number {
    return this.#queue.length;
  }

  /** Bytes that wait to be written. */
  get pendingBytes(): number {
    return this.#outbox.bytes + this.#socket.writableLength;
  }

  send(request: Request): void {
    this.#gets.add(request);
    this.#outbox.add(request.blob);
    this.#enqueue(request);
  }

  /** Ends the connection once nothing is in flight. */
  async closeWhenIdle(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#onClosed = resolve;
      if (this.#queue.length === 0) this.kill('closed');
    });
  }

  /** Ends the connection now, failing what is in flight. */
  kill(reason: string): void {
    this.#die(reason);
  }

  #enqueue(request: Request): void {
    if (this.#queue.length === 0) this.#becomeBusy();
    this.#queue.push(request);
    if (this.#sentThisTick.push(request) === 1) process.nextTick(this.#finishTick);
  }

  /** Gives the requests of the tick their deadline, and writes them together. */
  readonly #finishTick = (): void => {
    if (this.#dead) return;
    const deadline = monotonicNow() + this.#options.timeout;
    let earliest = deadline;
    for (const request of this.#sentThisTick) {
      // One that was sent before, on a connection that died, keeps the deadline that it had.
      request.deadline = Math.min(request.deadline, deadline);
      earliest = Math.min(earliest, request.deadline);
    }
    this.#sentThisTick = [];
    this.#alarm.setBy(earliest);
    this.#gets.endBatch();
    if (this.#ready) this.#outbox.flush(this.#socket);
  };

  readonly #onReady = (): void => {
    const { login } = this.#options;
    if (login) this.#socket.write(login.blob);
    else this.#startWriting();
  };

  /** Writes what has waited for the connection. */
  #startWriting(): void {
    this.#ready = true;
    this.#gets.endBatch();
    this.#outbox.flush(this.#socket);
  }

  readonly #onBytes = (bytes: Buffer, length: number): void => {
    try {
      this.#frames.push(bytes, length);
      for (let reply = this.#frames.next(); reply && !this.#dead; reply = this.#frames.next()) {
        this.#deliver(reply);
      }
    } catch (error) {
      this.#die((error as Error).message);
    }
  };

  #deliver(reply: Reply): void {
    const silentCount = countSilentGets(reply, this.#queue);
    const request = this.#queue.at(silentCount);
    if (!request) {
      this.#die('a reply to nothing that was asked');
      return;
    }
    const misses = silentCount === 0 ? NO_REQUESTS : this.#queue.first(silentCount);
    this.#queue.drop(silentCount + 1);
    if (this.#queue.length === 0) this.#becomeIdle();
    if (request === this.#options.login) {
      this.#loggedIn(reply);
      return;
    }
    this.#hadAnswered = true;
    for (const miss of misses) this.#owner.answered(miss, MISS);
    this.#owner.answered(request, reply);
  }

  #loggedIn(reply: Reply): void {
    if (reply.status === Status.ok) this.#startWriting();
    else this.#die(`login: ${statusText(reply.status)}`);
  }

  /** A request is in flight: the process lives for it. */
  #becomeBusy(): void {
    this.#socket.ref();
    this.#alarm.ref();
  }

  /** Nothing is in flight: neither the socket nor the timer keeps the process alive. */
  #becomeIdle(): void {
    this.#socket.unref();
    this.#alarm.unref();
    this.#frames.releaseAssembly();
    if (this.#onClosed) this.#die('closed');
  }

  /** The nearest deadline that was known has come. */
  #onAlarm(): void {
    const earliest = this.#queue.earliestDeadline();
    // After the process itself was busy past the deadline, the answer may wait in the socket: timers
    // run before sockets are read, and what runs as an immediate comes after.
    if (earliest <= monotonicNow()) setImmediate(this.#checkDeadlines);
    else if (earliest < Infinity) this.#alarm.setBy(earliest);
  }

  readonly #checkDeadlines = (): void => {
    if (this.#dead) return;
    if (this.#queue.earliestDeadline() <= monotonicNow()) {
      this.#die(`no answer within ${this.#options.timeout} ms`);
    } else {
      this.#onAlarm();
    }
  };

  readonly #onError = (error: Error): void => this.#die(errorText(error), error);

  readonly #onPeerClose = (): void => this.#die('the connection was closed');

  /** The only way to die. */
  #die(reason: string, cause?: unknown): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#alarm.clear();
    this.#socket
      .off('error', this.#onError)
      .off('end', this.#onPeerClose)
      .off('close', this.#onPeerClose);
    destroySocket(this.#socket, this.#queue.length > 0);
    const overdue = this.#queue.overdue(monotonicNow());
    const requests = this.#queue.drain().filter((request) => request !== this.#options.login);
    this.#owner.died({ reason, cause, requests, overdue, hadAnswered: this.#hadAnswered });
    this.#onClosed?.();
  }
}

/** Node leaves the message empty where a name has several addresses and all of them fail. */
function errorText(error: Error): string {
  if (error.message !== '') return error.message;
  const [first] = 'errors' in error ? (error.errors as Error[]) : [];
  return first?.message ?? String((error as NodeJS.ErrnoException).code);
}
