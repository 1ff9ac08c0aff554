import { type ConnectionOptions as TlsOptions, createSecureContext } from 'node:tls';
import { BackendError, OptionError } from '../../../errors.js';
import type { Credentials, ServerAddress } from '../connection/address.js';
import { Breaker } from './breaker.js';
import { Connection, type ConnectionOwner, type Death } from '../connection/connection.js';
import { memjs, type MemjsServer } from '../protocol/memjs.js';
import { openSocket } from '../connection/open-socket.js';
import { Opcode } from '../protocol/protocol.js';
import type { Reply } from '../protocol/reply.js';
import { Request } from '../protocol/request.js';
import type { ServerEvent } from './server-event.js';

/** Options of a `Server`. */
export interface ServerOptions {
  /** Milliseconds after which a request fails, connecting included. */
  readonly timeout: number;
  /** The longest accepted body of a reply, in bytes: the item limit, and room for key and header. */
  readonly maxReply?: number;
  /** Requests that may be in flight. Further ones fail at once. */
  readonly maxPending?: number;
  /** Bytes that may wait to be written. Requests beyond them fail at once. */
  readonly maxPendingBytes?: number;
  /** Options of TLS, or `true` for Node's defaults. Without it, plain TCP. */
  readonly tls?: TlsOptions | boolean;
  readonly breaker?: Breaker;
  /** Must not throw. */
  readonly onEvent?: (event: ServerEvent) => void;
}

const DEFAULT_MAX_REPLY = 1_048_576 + 4_096;
const DEFAULT_MAX_PENDING = 10_000;
const DEFAULT_MAX_PENDING_BYTES = 64 * 1_048_576;

/**
 * One memcached, with the interface that memjs's client expects of a server. It has at most one
 * connection, which it opens for the first request and again after each death, and a breaker that
 * refuses requests while the server does not answer.
 */
export class Server implements MemjsServer, ConnectionOwner {
  readonly name: string;
  readonly host: string;
  readonly port: number | string;
  readonly wakeupAt = undefined;
  readonly #address: ServerAddress;
  readonly #options: ServerOptions;
  readonly #tls: TlsOptions | undefined;
  readonly #breaker: Breaker;
  // Made once: a refusal must be cheap, and a stack trace is not.
  readonly #closedError: BackendError;
  readonly #overloadError: BackendError;
  #openError: BackendError;
  #connection: Connection | undefined;
  /** Starts 256 before it wraps around to 0, so that every process exercises the wrap-around early. */
  #opaque = 0xffff_ff00;
  #closing: Promise<void> | undefined;
  #onAnswer: (reply: Reply) => void = noop;
  #onFail: (error: Error) => void = noop;

  constructor(address: ServerAddress, options: ServerOptions) {
    this.name = address.name;
    this.host = 'path' in address ? 'unix' : address.host;
    this.port = 'path' in address ? address.path : address.port;
    this.#address = address;
    this.#options = options;
    this.#tls = tlsOptions(options.tls);
    this.#breaker = options.breaker ?? new Breaker();
    this.#closedError = this.#error('closed');
    this.#overloadError = this.#error('too many requests, or bytes, in flight');
    this.#openError = this.#error('not asked');
  }

  /** True while requests are refused. Reading it has no side effect. */
  get isDown(): boolean {
    return this.#closing !== undefined || this.#breaker.isDown;
  }

  // For each request memjs calls the next three methods in this order.

  onResponse(_seq: number, answer: (reply: Reply) => void): void {
    this.#onAnswer = answer;
  }

  onError(_seq: number, fail: (error: Error) => void): void {
    this.#onFail = fail;
  }

  /** Sends a request, or fails it at once if the server is closed, overloaded or down. */
  write(blob: Buffer): void {
    const request = new Request(blob, this.#onAnswer, this.#onFail);
    const refusal = this.#refusal(blob.length);
    if (refusal) this.#failRequest(request, refusal);
    else this.#send(request);
  }

  /**
   * Refuses new requests, waits for those in flight, for `deadline` milliseconds and the timeout at most,
   * and closes the connection. Final; later calls return the same promise.
   */
  close({ deadline = Infinity }: { readonly deadline?: number } = {}): Promise<void> {
    return (this.#closing ??= this.#drain(Math.min(deadline, this.#options.timeout)));
  }

  async #drain(deadline: number): Promise<void> {
    const connection = this.#connection;
    if (!connection) return;
    const timer = setTimeout(() => connection.kill('closed'), deadline);
    await connection.closeWhenIdle();
    clearTimeout(timer);
  }

  /** The breaker comes last: a request that it admits may be the probe, and must be sent. */
  #refusal(bytes: number): BackendError | undefined {
    const { maxPending = DEFAULT_MAX_PENDING, maxPendingBytes = DEFAULT_MAX_PENDING_BYTES } =
      this.#options;
    if (this.#closing) return this.#closedError;
    if (this.#connection) {
      if (this.#connection.pending >= maxPending) return this.#overloadError;
      if (this.#connection.pendingBytes + bytes > maxPendingBytes) return this.#overloadError;
    }
    return this.#breaker.admit() ? undefined : this.#openError;
  }

  #send(request: Request): void {
    try {
      this.#connection ??= this.#connect();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.died({ reason, cause: error, requests: [request], overdue: 0, hadAnswered: false });
      return;
    }
    request.stamp(this.#nextOpaque());
    this.#connection.send(request);
  }

  #connect(): Connection {
    const { timeout, maxReply = DEFAULT_MAX_REPLY } = this.#options;
    const { credentials } = this.#address;
    return new Connection((listener) => openSocket(this.#address, this.#tls, listener), this, {
      timeout,
      maxReply,
      ...(credentials && { login: loginRequest(credentials, this.#nextOpaque()) }),
    });
  }

  #nextOpaque(): number {
    return (this.#opaque = (this.#opaque + 1) >>> 0);
  }

  /** Called by the connection with the reply to a request. */
  answered(request: Request, reply: Reply): void {
    if (this.#breaker.succeeded()) this.#emit({ type: 'close', server: this.name });
    try {
      request.answer(reply);
    } catch (error) {
      this.#emit({ type: 'error', server: this.name, error });
      this.#failRequest(request, this.#error('the reply could not be delivered', error));
    }
  }

  /** Called by the connection when it has died. */
  died({ reason, cause, requests, overdue, hadAnswered }: Death): void {
    this.#connection = undefined;
    const error = this.#error(reason, cause);
    if (requests.length > 0 && !this.#closing) this.#countFailure(error, overdue, hadAnswered);
    const mayResend = hadAnswered && overdue === 0 && !this.#closing && !this.#breaker.open;
    // Resent before any failure is reported: a callback might send a request that overtakes them.
    const failed = requests.filter((request) => {
      if (!mayResend || !request.isRepeatable) return true;
      this.#send(request);
      return false;
    });
    for (const request of failed) this.#failRequest(request, error);
  }

  /**
   * The death of a connection that had answered counts as one failure, or as one for each request past
   * its deadline. The death of one that never answered opens the breaker.
   */
  #countFailure(error: BackendError, overdue: number, hadAnswered: boolean): void {
    const opened = hadAnswered
      ? this.#breaker.failed(Math.max(1, overdue))
      : this.#breaker.unreachable();
    if (!this.#breaker.open) return;
    this.#openError = this.#error(`not asked because it is down: ${error.message}`, error);
    if (opened) this.#emit({ type: 'open', server: this.name, error });
  }

  #failRequest(request: Request, error: BackendError): void {
    try {
      request.fail(error);
    } catch (thrown) {
      this.#emit({ type: 'error', server: this.name, error: thrown });
    }
  }

  #emit(event: ServerEvent): void {
    this.#options.onEvent?.(event);
  }

  #error(text: string, cause?: unknown): BackendError {
    return new BackendError(`memcached ${this.name}: ${text}`, { cause });
  }
}

function loginRequest({ username, password }: Credentials, opaque: number): Request {
  const secret = Buffer.from(`\0${username}\0${password}`);
  const blob = memjs.Utils.makeRequestBuffer(Opcode.login, 'PLAIN', Buffer.alloc(0), secret, 0);
  const request = new Request(blob, noop, noop);
  request.stamp(opaque);
  return request;
}

/** Creates the secure context of all connections, so that bad options throw before the first is opened. */
function tlsOptions(tls: TlsOptions | boolean | undefined): TlsOptions | undefined {
  if (tls === undefined || tls === false) return undefined;
  const options = tls === true ? {} : tls;
  try {
    return { ...options, secureContext: options.secureContext ?? createSecureContext(options) };
  } catch (error) {
    throw new OptionError(`memcached: \`tls\` is not usable: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function noop(): void {
  return;
}
