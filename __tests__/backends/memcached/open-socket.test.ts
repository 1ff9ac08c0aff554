import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createServer, type Server as TlsServer } from 'node:tls';
import { OptionError } from '../../../src/errors.js';
import { FakeServer, replyBytes } from '../../support/fake-server.js';
import { closeClients, openClient, textOf } from '../../support/open-client.js';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const hasIPv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);

afterEach(closeClients);

(hasIPv6 ? test : test.skip)('an IPv6 address is connected to', async () => {
  const fake = await FakeServer.start(
    ({ opaque, key }, socket) => void socket.write(replyBytes({ opaque, value: key })),
    '::1',
  );
  const { client } = openClient(fake.address);
  expect(await textOf(client, 'k')).toBe('k');
  await closeClients();
  await fake.stop();
});

/** Makes a key and a certificate of its own for `localhost`. */
function selfSigned(): { key: Buffer; cert: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), 'memoaside-'));
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2'],
    ...['-keyout', key, '-out', cert],
  ]);
  if (made.status !== 0) throw new Error(made.stderr.toString());
  const files = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(folder, { recursive: true });
  return files;
}

(hasOpenssl ? describe : describe.skip)('TLS', () => {
  let fake: FakeServer;
  let front: TlsServer;
  let files: { key: Buffer; cert: Buffer };
  let address: string;

  beforeAll(async () => {
    files = selfSigned();
    fake = await FakeServer.start(
      ({ opaque, key }, socket) => void socket.write(replyBytes({ opaque, value: key })),
    );
    front = createServer(files, (socket) => {
      const [host, port] = fake.address.split(':');
      const behind = connect(Number(port), host);
      socket.on('error', () => behind.destroy()).on('close', () => behind.destroy());
      behind.on('error', () => socket.destroy());
      socket.pipe(behind).pipe(socket);
    });
    front.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    address = `localhost:${(front.address() as { port: number }).port}`;
  });
  afterAll(async () => {
    await fake.stop();
    await new Promise((resolve) => front.close(resolve));
  });

  test('carries requests', async () => {
    const { client } = openClient(address, { tls: { ca: files.cert } });
    const keys = Array.from({ length: 200 }, (_, n) => `key${n}`);
    expect(await Promise.all(keys.map((key) => textOf(client, key)))).toEqual(keys);
  });

  test('refuses a server whose certificate nobody vouches for', async () => {
    const { client } = openClient(address, { tls: true });
    await expect(client.get('k')).rejects.toThrow(/self-signed/);
  });

  test('fails against a server that does not speak it', async () => {
    const { client } = openClient(fake.address, { tls: true, timeout: 100 });
    await expect(client.get('k')).rejects.toThrow();
  });

  test('with options that cannot work is refused when it is declared', () => {
    expect(() => openClient(address, { tls: { cert: 'none' } })).toThrow(OptionError);
  });
});
