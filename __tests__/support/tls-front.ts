import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';

/** `describe` for suites that need openssl, to make certificates. */
export const describeTls =
  spawnSync('openssl', ['version']).status === 0 ? describe : describe.skip;

/** A key and its self-signed certificate. */
export interface KeyPair {
  readonly key: Buffer;
  readonly cert: Buffer;
}

/** Makes a new pair for `localhost`. */
export function selfSigned(): KeyPair {
  const folder = mkdtempSync(join(tmpdir(), 'memoaside-'));
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2'],
    ...['-keyout', key, '-out', cert],
  ]);
  if (made.status !== 0) throw new Error(made.stderr.toString());
  const pair = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(folder, { recursive: true });
  return pair;
}

/** Terminates TLS on `localhost` in front of a plain server. */
export class TlsFront {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(pair: KeyPair, port: number) {
    this.#server = createServer(pair, (socket) => {
      const behind = connect(port, '127.0.0.1');
      this.#sockets.add(socket);
      socket
        .on('error', () => undefined)
        .on('close', () => {
          this.#sockets.delete(socket);
          behind.destroy();
        });
      behind.on('error', () => socket.destroy());
      socket.pipe(behind).pipe(socket);
    });
    this.#server.on('tlsClientError', () => undefined);
  }

  static async start(pair: KeyPair, port: number): Promise<TlsFront> {
    const front = new TlsFront(pair, port);
    await new Promise<void>((resolve) => front.#server.listen(0, '127.0.0.1', resolve));
    return front;
  }

  get address(): string {
    return `localhost:${(this.#server.address() as { port: number }).port}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
