import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A memcached of this process on a free port. */
export interface Daemon {
  readonly port: number;
  readonly address: string;
  stop(): void;
}

export async function startDaemon(megabytes = 512): Promise<Daemon> {
  const port = await freePort();
  const command = ['-l', '127.0.0.1', '-p', `${port}`, '-U', '0', '-u', 'nobody'];
  const daemon = spawn('memcached', [...command, '-m', `${megabytes}`], { stdio: 'ignore' });
  const stop = (): void => void daemon.kill();
  process.once('exit', stop);
  (await connected(port)).destroy();
  return { port, address: `127.0.0.1:${port}`, stop };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export async function connected(port: number): Promise<Socket> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const socket = connect(port, '127.0.0.1').setNoDelay(true);
    const up = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    if (up) return socket;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('memcached does not answer');
}

/** Milliseconds of gets on a bare socket, a batch in one write. No client can be faster. */
export async function bare(
  socket: Socket,
  key: (i: number) => string,
  batch: number,
  count: number,
): Promise<number> {
  const began = performance.now();
  for (let sent = 0; sent < count; sent += batch) {
    const requests = Array.from({ length: batch }, (_, i) => quietGet(key(sent + i)));
    socket.write(Buffer.concat([...requests, NOOP]));
    let last: Buffer = Buffer.alloc(0);
    while (!last.subarray(-NOOP.length).equals(NOOP_REPLY)) {
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      last = chunk.length >= NOOP.length ? chunk : Buffer.concat([last, chunk]);
    }
  }
  return performance.now() - began;
}

const NOOP = Buffer.alloc(24);
NOOP.set([0x80, 0x0a]);
const NOOP_REPLY = Buffer.alloc(24);
NOOP_REPLY.set([0x81, 0x0a]);

function quietGet(key: string): Buffer {
  const blob = Buffer.alloc(24 + key.length);
  blob.set([0x80, 0x09]);
  blob.writeUInt16BE(key.length, 2);
  blob.writeUInt32BE(key.length, 8);
  blob.write(key, 24);
  return blob;
}
