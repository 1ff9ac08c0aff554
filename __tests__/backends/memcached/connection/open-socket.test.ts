import { networkInterfaces } from 'node:os';
import { OptionError } from '../../../../src/errors.js';
import { FakeServer, replyBytes } from '../../../support/fake-server.js';
import { closeClients, openClient, textOf } from '../../../support/open-client.js';
import { describeTls, type KeyPair, selfSigned, TlsFront } from '../../../support/tls-front.js';

const hasIPv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);

afterEach(closeClients);

(hasIPv6 ? test : test.skip)('an IPv6 address is connected to', async () => {
  const fake = await FakeServer.start(
    ({ opcode, opaque, key }, socket) =>
      void socket.write(replyBytes({ opcode, opaque, value: key })),
    '::1',
  );
  const { client } = openClient(fake.address);
  expect(await textOf(client, 'k')).toBe('k');
  await closeClients();
  await fake.stop();
});

describeTls('TLS', () => {
  let fake: FakeServer;
  let front: TlsFront;
  let pair: KeyPair;

  beforeAll(async () => {
    pair = selfSigned();
    fake = await FakeServer.start(
      ({ opcode, opaque, key }, socket) =>
        void socket.write(replyBytes({ opcode, opaque, value: key })),
    );
    front = await TlsFront.start(pair, Number(fake.address.split(':')[1]));
  });
  afterAll(async () => {
    await fake.stop();
    await front.stop();
  });

  test('carries requests', async () => {
    const { client } = openClient(front.address, { tls: { ca: pair.cert } });
    const keys = Array.from({ length: 200 }, (_, n) => `key${n}`);
    expect(await Promise.all(keys.map((key) => textOf(client, key)))).toEqual(keys);
  });

  test('fails against a server whose certificate has no trusted authority', async () => {
    const { client } = openClient(front.address, { tls: true });
    await expect(client.get('k')).rejects.toThrow(/self-signed/);
  });

  test('fails against a server that does not speak it', async () => {
    const { client } = openClient(fake.address, { tls: true, timeout: 100 });
    await expect(client.get('k')).rejects.toThrow();
  });

  test('with invalid options is refused when the client is created', () => {
    expect(() => openClient(front.address, { tls: { cert: 'none' } })).toThrow(OptionError);
  });
});
