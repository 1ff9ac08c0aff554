import type { Socket } from 'node:net';
import { memjs } from '../../../../src/backends/memcached/protocol/memjs.js';
import type { Reply } from '../../../../src/backends/memcached/protocol/reply.js';
import type { Server } from '../../../../src/backends/memcached/client/server.js';
import { BackendError } from '../../../../src/errors.js';
import {
  type FakeReply,
  type FakeRequest,
  FakeServer,
  replyBytes,
} from '../../../support/fake-server.js';
import {
  closeClients,
  openClient,
  textInTheEnd,
  textOf,
  TIMEOUT,
} from '../../../support/open-client.js';
import { outcome, outcomes } from '../../../support/until.js';

type Behaviour = (request: FakeRequest, socket: Socket) => void;

/** Answers each get with its key as the value. */
const echo: Behaviour = ({ opcode, opaque, key }, socket) =>
  void socket.write(replyBytes({ opcode, opaque, value: key }));

let fake: FakeServer;
let behaviour: Behaviour;

beforeAll(async () => {
  fake = await FakeServer.start((request, socket) => behaviour(request, socket));
});
beforeEach(() => (behaviour = echo));
afterEach(closeClients);
afterAll(() => fake.stop());

/** Behaves differently for the first request only. */
const once = (first: Behaviour): Behaviour => {
  let done = false;
  return (request, socket) => {
    if (done) return echo(request, socket);
    done = true;
    first(request, socket);
  };
};

test('the number of a request wraps around after 2 ** 32, and no reply is taken for another', async () => {
  const opaques: number[] = [];
  behaviour = (request, socket) => {
    opaques.push(request.opaque);
    echo(request, socket);
  };
  const { client } = openClient(fake.address);
  const keys = Array.from({ length: 600 }, (_, n) => `k${n}`);
  for (const some of [keys.slice(0, 300), keys.slice(300)]) {
    expect(await Promise.all(some.map((key) => textOf(client, key)))).toEqual(some);
  }
  expect(opaques.slice(254, 257)).toEqual([0xffff_ffff, 0, 1]);
  expect(new Set(opaques).size).toBe(600);
});

describe('a reply that cannot answer a request', () => {
  const spoiled: [string, (request: FakeRequest) => FakeReply | Buffer, string][] = [
    ['with a strange opaque', ({ opaque }) => ({ opaque: opaque + 7 }), 'answers no request'],
    ['with a strange opcode', ({ opaque }) => ({ opaque, opcode: 4 }), 'answers no request'],
    ['with another magic byte', ({ opaque }) => ({ opaque, magic: 0x80 }), 'not a reply'],
    [
      'of 4 GB',
      ({ opaque }) => ({ opaque, bodyLength: 0xffff_ffff }),
      'a reply of 4294967295 bytes',
    ],
    ['shorter than its parts', ({ opaque }) => ({ opaque, keyLength: 99 }), 'shorter than'],
    ['in another protocol', () => Buffer.from('ERROR\r\n'), 'not a reply'],
    ['of random bytes', () => Buffer.from('0011223344556677', 'hex'), 'not a reply'],
  ];

  test.each(spoiled)('%s fails the request at once, and the next request works', async (...row) => {
    const [, spoil, reason] = row;
    behaviour = once((request, socket) => {
      const reply = spoil(request);
      socket.write(Buffer.isBuffer(reply) ? reply : replyBytes({ value: 'wrong', ...reply }));
    });
    const { client } = openClient(fake.address);
    const start = performance.now();
    const lost = client.get('a');
    await expect(lost).rejects.toThrow(BackendError);
    await expect(lost).rejects.toThrow(reason);
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(await textInTheEnd(client, 'b')).toBe('b');
  });

  test('fails everything in flight behind it', async () => {
    behaviour = ({ opaque }, socket) => socket.write(replyBytes({ opaque: opaque + 1 }));
    const { client } = openClient(fake.address);
    const results = await outcomes(['a', 'b', 'c'].map((key) => textOf(client, key)));
    expect(results.every((result) => result !== 'pending' && 'error' in result)).toBe(true);
  });

  test('that is sent twice ends the connection, and fails no request', async () => {
    behaviour = once((request, socket) => {
      const reply = replyBytes({ opaque: request.opaque, value: request.key });
      socket.write(Buffer.concat([reply, reply]));
    });
    const { client, events } = openClient(fake.address);
    const before = fake.accepted;
    expect(await textOf(client, 'a')).toBe('a');
    expect(await textOf(client, 'b')).toBe('b');
    expect(fake.accepted).toBe(before + 2);
    expect(events).toEqual([]);
  });
});

describe('each attempt', () => {
  test('has a number of its own, also across connections', async () => {
    const numbers: number[] = [];
    behaviour = (request, socket) => {
      numbers.push(request.opaque);
      if (numbers.length === 2) socket.destroy();
      else echo(request, socket);
    };
    const { client } = openClient(fake.address);
    for (const key of ['a', 'b', 'c']) expect(await textOf(client, key)).toBe(key);
    expect(numbers).toHaveLength(4);
    expect(new Set(numbers).size).toBe(4);
  });

  test('is the first or the second, even of a request that ends every connection', async () => {
    const keys: string[] = [];
    behaviour = (request, socket) => {
      keys.push(request.key);
      if (request.key === 'fatal') socket.destroy();
      else if (request.key !== 'slow' || keys.filter((key) => key === 'slow').length > 1) {
        echo(request, socket);
      }
    };
    const { client } = openClient(fake.address);
    await client.get('warm');
    // The second connection answers the slow request, and so has worked, before the fatal one ends it.
    const [slow, fatal] = await outcomes(['slow', 'fatal'].map((key) => textOf(client, key)));
    expect(slow).toEqual({ value: 'slow' });
    expect(fatal).toEqual({ error: expect.any(BackendError) });
    expect(keys).toEqual(['warm', 'slow', 'fatal', 'slow', 'fatal']);
  });
});

describe('a deadline', () => {
  test('is met while other requests keep coming', async () => {
    let silent = false;
    behaviour = (request, socket) => {
      silent ||= request.key === 'silent';
      if (!silent) echo(request, socket);
    };
    const { client } = openClient(fake.address, { timeout: TIMEOUT });
    expect(await textInTheEnd(client, 'a')).toBe('a');
    const others = setInterval(() => void client.get('b').catch(() => undefined), 5);
    const start = performance.now();
    const result = await outcome(client.get('silent'));
    const taken = performance.now() - start;
    clearInterval(others);
    const error = { message: expect.stringContaining(`no answer within ${TIMEOUT} ms`) };
    expect(result).toEqual({ error: expect.objectContaining(error) });
    expect(taken).toBeGreaterThan(TIMEOUT - 5);
    expect(taken).toBeLessThan(TIMEOUT * 5);
  });
});

describe('a login', () => {
  const logins: string[] = [];
  const keys: string[] = [];
  const guarded =
    (status: number): Behaviour =>
    (request, socket) => {
      if (request.opcode !== 0x21) {
        keys.push(request.key);
        return echo(request, socket);
      }
      logins.push(request.body.toString());
      const { opcode, opaque } = request;
      setTimeout(() => socket.write(replyBytes({ opcode, opaque, status })), 5);
    };
  beforeEach(() => {
    logins.length = 0;
    keys.length = 0;
  });

  test('is sent before any other request, once per connection', async () => {
    behaviour = guarded(0);
    const { client } = openClient(`ann:se%3Acret@${fake.address}`);
    const first = ['a', 'b'].map((key) => textOf(client, key));
    expect(await Promise.all(first)).toEqual(['a', 'b']);
    expect(await textOf(client, 'c')).toBe('c');
    expect(logins).toEqual(['PLAIN\0ann\0se:cret']);
  });

  test('that is refused fails the requests that wait for it, and none of them is sent', async () => {
    behaviour = guarded(0x20);
    const { client, events } = openClient(`ann:wrong@${fake.address}`);
    const results = await outcomes(['a', 'b'].map((key) => textOf(client, key)));
    expect(results).toEqual([
      { error: expect.objectContaining({ message: expect.stringContaining('login') }) },
      { error: expect.any(BackendError) },
    ]);
    expect(JSON.stringify(results.map((result) => String((result as any).error)))).not.toContain(
      'wrong',
    );
    expect(keys).toEqual([]);
    expect(events).toEqual([expect.objectContaining({ type: 'open' })]);
  });

  test('that is not answered fails the requests that wait for it at their deadline', async () => {
    behaviour = () => undefined;
    const { client } = openClient(`ann:secret@${fake.address}`, { timeout: TIMEOUT });
    await expect(client.get('a')).rejects.toThrow('no answer within');
  });
});

describe('a callback', () => {
  /** Writes a request as memjs does for each of its commands. */
  const ask = (server: Server, answer: (reply: Reply) => void, fail: (error: Error) => void) => {
    server.onResponse(42, answer);
    server.onError(42, fail);
    server.write(memjs.Utils.makeRequestBuffer(0, 'k', Buffer.alloc(0), Buffer.alloc(0), 42));
  };

  test('that throws fails its own request only, and is reported', async () => {
    const { client, server, events } = openClient(fake.address);
    const fault = new Error('in the callback');
    const failure = new Promise<Error>((resolve) => {
      const fail = (): never => {
        throw fault;
      };
      ask(server, fail, resolve);
      ask(server, fail, fail);
    });
    expect(await textOf(client, 'a')).toBe('a');
    expect((await failure).cause).toBe(fault);
    // The second callback throws for its failure, too.
    const event = { type: 'error', server: server.name, error: fault };
    expect(events).toEqual([event, event, event]);
  });
});
