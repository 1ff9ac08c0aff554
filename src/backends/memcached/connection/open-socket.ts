import { connect, type Socket } from 'node:net';
import {
  connect as connectSecurely,
  type ConnectionOptions as TlsOptions,
  TLSSocket,
} from 'node:tls';
import type { ServerAddress } from './address.js';

const KEEP_ALIVE_DELAY = 30_000;

/** Bytes that are received at once. Each connection keeps a buffer of this size. */
const RECEIVE_BUFFER_SIZE = 262_144;

/** Callbacks of a socket. */
export interface SocketListener {
  /** The socket is connected. */
  readonly onReady: () => void;
  /** `length` bytes were received. They are valid only during the call, because the buffer is reused. */
  readonly onBytes: (buffer: Buffer, length: number) => void;
}

export function openSocket(
  address: ServerAddress,
  tls: TlsOptions | undefined,
  { onReady, onBytes }: SocketListener,
): Socket {
  const endpoint =
    'path' in address ? { path: address.path } : { host: address.host, port: address.port };
  const buffer = Buffer.allocUnsafeSlow(RECEIVE_BUFFER_SIZE);
  const onread = {
    buffer,
    callback: (length: number): boolean => {
      onBytes(buffer, length);
      return true; // false would pause the socket
    },
  };
  const options = { ...endpoint, onread };
  const socket =
    tls === undefined
      ? connect(options, onReady)
      : connectSecurely({ ...tls, ...options }, onReady);
  socket.setNoDelay(true);
  // Detects an idle connection that a firewall has dropped before it costs a call its deadline.
  socket.setKeepAlive(true, KEEP_ALIVE_DELAY);
  return socket;
}

/**
 * Destroys a socket. If requests are in flight on plain TCP, it resets the connection, so that bytes still
 * in the kernel cannot reach the server after those of the next connection.
 */
export function destroySocket(socket: Socket, inFlight: boolean): void {
  socket.on('error', ignoreError);
  const isPlainTcp = socket.remoteAddress !== undefined && !(socket instanceof TLSSocket);
  // Node cannot reset a socket after either side has begun to close it.
  const isOpen = socket.writable && socket.readable && !socket.connecting;
  if (inFlight && isPlainTcp && isOpen) socket.resetAndDestroy();
  else socket.destroy();
}

/** For errors after the death of the connection: its requests have already failed, with the reason. */
function ignoreError(): void {
  return;
}
