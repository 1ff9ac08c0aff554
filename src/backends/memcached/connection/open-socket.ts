import { connect, type Socket } from 'node:net';
import {
  connect as connectSecurely,
  type ConnectionOptions as TlsOptions,
  TLSSocket,
} from 'node:tls';
import type { ServerAddress } from './address.js';

const KEEP_ALIVE_DELAY = 30_000;

/** Bytes received in one go: what each connection holds for as long as it lives. */
const RECEIVE_BUFFER_SIZE = 262_144;

/** What hears of a socket's life. */
export interface SocketListener {
  /** It can be written to. */
  readonly onReady: () => void;
  /** So many bytes have come. They are there until the call ends: the same buffer is used again. */
  readonly onBytes: (buffer: Buffer, length: number) => void;
}

/** Opens a socket to a server. */
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
      return true; // go on reading
    },
  };
  const options = { ...endpoint, onread };
  const socket =
    tls === undefined
      ? connect(options, onReady)
      : connectSecurely({ ...tls, ...options }, onReady);
  socket.setNoDelay(true);
  // An idle connection that a firewall has forgotten is found out before it costs a caller its deadline.
  socket.setKeepAlive(true, KEEP_ALIVE_DELAY);
  return socket;
}

/**
 * Destroys a socket. While something is in flight, with a reset where there can be one: what is still on
 * its way in the kernel must not arrive after what a successor sends.
 */
export function destroySocket(socket: Socket, inFlight: boolean): void {
  socket.on('error', ignoreError);
  const isPlainTcp = socket.remoteAddress !== undefined && !(socket instanceof TLSSocket);
  // Node cannot reset a socket of which either side has begun to close.
  const isOpen = socket.writable && socket.readable && !socket.connecting;
  if (inFlight && isPlainTcp && isOpen) socket.resetAndDestroy();
  else socket.destroy();
}

/** An error of a socket that has been given up: what it carried has already failed, with its reason. */
function ignoreError(): void {
  return;
}
