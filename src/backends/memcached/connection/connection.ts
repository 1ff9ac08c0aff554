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

/** The end of a connection. */
export interface Death {
  /** The reason, for a message that begins with the server's name. */
  readonly reason: string;
  readonly cause?: unknown;
  /** The requests in flight, in the order in which they were sent. */
  readonly requests: readonly Request[];
  /** The number of these requests that were past their deadline. */
  readonly overdue: number;
  /** True if the connection had answered a request before. */
  readonly hadAnswered: boolean;
}

/** Receives the replies and the death of a connection. */
export interface ConnectionOwner {
  answered(request: Request, reply: Reply): void;
  died(death: Death): void;
}

/** Options of a `Connection`. */
export interface ConnectionOptions {
  /** Milliseconds from the end of the tick in which a request is sent until its deadline. */
  readonly timeout: number;
  /** The longest accepted body of a reply, in bytes. */
  readonly maxReply: number;
  /** The SASL login. No other request is sent before it has succeeded. */
  readonly login?: Request;
}

const NO_REQUESTS: readonly Request[] = [];

/**
 * One socket, from its opening to its death. It owns the parser's state and the requests in flight, so
 * that neither can outlive the socket. Replies must come in the order of the requests, except that a quiet
 * get need not be answered. Anything else ends the connection and fails all requests in flight.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #owner: ConnectionOwner;
  readonly #options: ConnectionOptions;
  readonly #frames: FrameReader;
  readonly #queue = new RequestQueue();
  readonly #outbox = new Outbox();
  readonly #gets = new QuietGets();
  /** The requests of this tick, whose deadlines count from its end. */
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

  /** The number of requests in flight, including those not yet written. */
  get pending(): number {
    return this.#queue.length;
  }

  /** The number of bytes that wait to be written. */
  get pendingBytes(): number {
    return this.#outbox.bytes + this.#socket.writableLength;
  }

  send(request: Request): void {
    this.#gets.add(request);
    this.#outbox.add(request.blob);
    this.#enqueue(request);
  }

  /** Closes the connection as soon as no request is in flight. */
  async closeWhenIdle(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#onClosed = resolve;
      if (this.#queue.length === 0) this.kill('closed');
    });
  }

  /** Closes the connection now, which fails the requests in flight. */
  kill(reason: string): void {
    this.#die(reason);
  }

  #enqueue(request: Request): void {
    if (this.#queue.length === 0) this.#becomeBusy();
    this.#queue.push(request);
    if (this.#sentThisTick.push(request) === 1) process.nextTick(this.#finishTick);
  }

  /** Sets the deadline of the requests of this tick, and writes them together. */
  readonly #finishTick = (): void => {
    if (this.#dead) return;
    const deadline = monotonicNow() + this.#options.timeout;
    let earliest = deadline;
    for (const request of this.#sentThisTick) {
      // A request that was sent before, on a connection that died, keeps its first deadline.
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

  /** Writes the requests that have waited for the connection. */
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
      this.#die('a reply that answers no request');
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

  /** The process stays alive while a request is in flight. */
  #becomeBusy(): void {
    this.#socket.ref();
    this.#alarm.ref();
  }

  /** No request is in flight: neither the socket nor the timer keeps the process alive. */
  #becomeIdle(): void {
    this.#socket.unref();
    this.#alarm.unref();
    this.#frames.releaseAssembly();
    if (this.#onClosed) this.#die('closed');
  }

  #onAlarm(): void {
    const earliest = this.#queue.earliestDeadline();
    // If the process itself was busy past the deadline, the reply may be waiting in the socket. Timers run
    // before sockets are read, and immediates after: so the deadlines are checked in an immediate.
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

  /** The only way to end the connection. */
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

/** Node leaves the message empty if a host name has several addresses and none can be reached. */
function errorText(error: Error): string {
  if (error.message !== '') return error.message;
  const [first] = 'errors' in error ? (error.errors as Error[]) : [];
  return first?.message ?? String((error as NodeJS.ErrnoException).code);
}
