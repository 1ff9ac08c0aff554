import type { Socket } from 'node:net';
import { Opcode } from '../../../../src/backends/memcached/protocol/protocol.js';
import { BackendError } from '../../../../src/errors.js';
import { type FakeRequest, FakeServer, replyBytes } from '../../../support/fake-server.js';
import {
  closeClients,
  itemOf,
  openClient,
  textInTheEnd,
  textOf,
} from '../../../support/open-client.js';
import { failed, outcomes, elapsed } from '../../../support/until.js';

type Behaviour = (request: FakeRequest, socket: Socket) => void;

/** A server with an item for each key that begins with `hit`, which does not answer a quiet get that misses. */
const hits: Behaviour = (request, socket) => {
  const { opcode, opaque, key } = request;
  if (key.startsWith('hit')) socket.write(replyBytes({ opcode, opaque, value: key }));
  else if (opcode !== Opcode.quietGet) socket.write(replyBytes({ opcode, opaque, status: 1 }));
};

let fake: FakeServer;
let behaviour: Behaviour;
let asked: FakeRequest[];

beforeAll(async () => {
  fake = await FakeServer.start((request, socket) => {
    asked.push(request);
    behaviour(request, socket);
  });
});
beforeEach(() => {
  behaviour = hits;
  asked = [];
});
afterEach(closeClients);
afterAll(() => fake.stop());

const opcodes = (): number[] => asked.map(({ opcode }) => opcode);
const { get, quietGet, set, delete: remove } = Opcode;

/** Opens a client whose connection has answered, and has no request in flight. */
async function openWarm() {
  const opened = openClient(fake.address);
  await opened.client.get('hit');
  asked = [];
  return opened;
}

describe('the gets of one tick', () => {
  test('are quiet, except the last', async () => {
    const { client } = await openWarm();
    const texts = await Promise.all(['hit1', 'hit2', 'hit3'].map((key) => textOf(client, key)));
    expect(texts).toEqual(['hit1', 'hit2', 'hit3']);
    expect(opcodes()).toEqual([quietGet, quietGet, get]);
    expect(new Set(asked.map(({ opaque }) => opaque)).size).toBe(3);
  });

  test('are not quiet when there is only one', async () => {
    const { client } = await openWarm();
    expect(await textOf(client, 'hit')).toBe('hit');
    expect(await textOf(client, 'none')).toBeUndefined();
    expect(opcodes()).toEqual([get, get]);
  });

  test.each([
    [['none', 'hit', 'none']],
    [['hit', 'none', 'hit']],
    [['none', 'none', 'hit']],
    [['hit', 'none', 'none']],
    [['none', 'none', 'none']],
  ])('are misses when the server does not answer them: %j', async (keys) => {
    const { client } = await openWarm();
    const texts = await Promise.all(keys.map((key) => textOf(client, key)));
    expect(texts).toEqual(keys.map((key) => (key === 'hit' ? 'hit' : undefined)));
  });

  test('are sent in batches of a bounded size', async () => {
    const { client } = await openWarm();
    await Promise.all(Array.from({ length: 130 }, (_, n) => client.get(`hit${n}`)));
    const plain = opcodes().flatMap((opcode, index) => (opcode === get ? [index] : []));
    expect(plain).toEqual([63, 127, 129]);
  });

  test('stay in order with the other commands', async () => {
    const { client } = await openWarm();
    await outcomes<unknown>([
      client.get('a'),
      client.get('b'),
      client.set('b', itemOf('v')),
      client.get('b'),
      client.delete('b'),
      client.get('b'),
      client.get('c'),
    ]);
    expect(asked.map(({ opcode, key }) => [opcode, key])).toEqual([
      [quietGet, 'a'],
      [get, 'b'],
      [set, 'b'],
      [get, 'b'],
      [remove, 'b'],
      [quietGet, 'b'],
      [get, 'c'],
    ]);
  });

  test('wait in batches for a connection that is still connecting', async () => {
    const { client } = openClient(fake.address);
    const pair = (key: string) => Promise.all(['none', key].map((each) => textOf(client, each)));
    const first = pair('hit1');
    const second = new Promise<void>((resolve) => process.nextTick(resolve)).then(() =>
      pair('hit2'),
    );
    expect([...(await first), ...(await second)]).toEqual([undefined, 'hit1', undefined, 'hit2']);
    expect(opcodes()).toEqual([quietGet, get, quietGet, get]);
  });
});

describe('a quiet get', () => {
  test('that the server refuses rejects, and no other get does', async () => {
    behaviour = (request, socket) => {
      const { opcode, opaque, key } = request;
      if (key === 'refused') socket.write(replyBytes({ opcode, opaque, status: 0x82 }));
      else hits(request, socket);
    };
    const { client } = await openWarm();
    const [refused, miss, hit] = await outcomes(
      ['refused', 'none', 'hit'].map((key) => textOf(client, key)),
    );
    expect(refused).toMatchObject({ error: { message: expect.stringContaining('out of memory') } });
    expect([miss, hit]).toEqual([{ value: undefined }, { value: 'hit' }]);
  });

  test('is resent once when the connection dies, unless it was answered', async () => {
    let connections = 0;
    behaviour = (request, socket) => {
      if (request.key === 'hit3' && (connections += 1) === 1) socket.destroySoon();
      else hits(request, socket);
    };
    const { client } = await openWarm();
    const keys = ['hit1', 'none', 'hit2', 'hit3', 'hit4'];
    const texts = await Promise.all(keys.map((key) => textOf(client, key)));
    expect(texts).toEqual(keys.map((key) => (key === 'none' ? undefined : key)));
    const again = asked.slice(asked.findLastIndex(({ key }) => key === 'hit3'));
    expect(again.map(({ opcode, key }) => [opcode, key])).toEqual([
      [quietGet, 'hit3'],
      [get, 'hit4'],
    ]);
    expect(asked.filter(({ key }) => key === 'hit1' || key === 'none')).toHaveLength(2);
  });

  test('that is resent is part of a new batch, and not quiet if it is the last there', async () => {
    let cut = false;
    behaviour = (request, socket) => {
      if (request.key === 'hit10' && !cut) {
        cut = true;
        asked = [];
        socket.destroySoon();
      } else if (!socket.destroyed && socket.writable) hits(request, socket);
    };
    const { client } = await openWarm();
    const keys = Array.from({ length: 130 }, (_, n) => `hit${n}`);
    expect(await Promise.all(keys.map((key) => textOf(client, key)))).toEqual(keys);
    const again = asked.slice(-120);
    expect(again[0]).toMatchObject({ key: 'hit10' });
    const plain = again.flatMap(({ opcode }, index) => (opcode === get ? [index] : []));
    expect(plain).toEqual([63, 119]);
  });

  test('that ends every connection fails, and gets no value of another get', async () => {
    behaviour = (request, socket) => {
      if (request.key === 'fatal') socket.destroy();
      else hits(request, socket);
    };
    const { client } = await openWarm();
    const results = await outcomes(['fatal', 'hit1', 'hit2'].map((key) => textOf(client, key)));
    expect(failed(results[0]!)).toBe(true);
    for (const [n, result] of results.entries())
      if (!failed(result)) expect(result).toEqual({ value: `hit${n}` });
    expect(asked.filter(({ key }) => key === 'fatal')).toHaveLength(2);
  });
});

describe('a reply that no get of the batch may get next', () => {
  const reply = ({ opcode, opaque, key }: FakeRequest): Buffer =>
    replyBytes({ opcode, opaque, value: key });
  const spoiled: [string, (all: FakeRequest[]) => Buffer[]][] = [
    ['out of order', ([a, b, c]) => [reply(b!), reply(a!), reply(c!)]],
    ['doubled', ([a, b, c]) => [reply(a!), reply(a!), reply(b!), reply(c!)]],
    ['to an unknown request', ([a, b, c]) => [reply(a!), reply({ ...b!, opaque: 7 }), reply(c!)]],
    [
      'to the last get, as if it were quiet',
      ([a, , c]) => [reply(a!), reply({ ...c!, opcode: quietGet })],
    ],
    [
      'to a quiet get, as if it were not quiet',
      ([a, b]) => [reply(a!), reply({ ...b!, opcode: get })],
    ],
  ];

  test.each(spoiled)('%s, ends the connection and gives no get a wrong value', async (_, spoil) => {
    const { client, server } = await openWarm();
    const before = fake.accepted;
    behaviour = (request, socket) => {
      if (fake.accepted > before) hits(request, socket);
      else if (asked.length === 3) socket.write(Buffer.concat(spoil(asked)));
    };
    const keys = ['hit1', 'hit2', 'hit3'];
    const results = await outcomes(keys.map((key) => textOf(client, key)));
    // A get that was skipped has missed; a get that was not yet answered was resent.
    for (const [index, result] of results.entries()) {
      expect([{ value: undefined }, { value: keys[index] }]).toContainEqual(result);
    }
    expect(await textInTheEnd(client, 'hit')).toBe('hit');
    expect(fake.accepted).toBe(before + 1);
    expect(server.isDown).toBe(false);
  });

  test('to a set behind a get that is not quiet ends the connection and makes no miss', async () => {
    const { client } = await openWarm();
    const before = fake.accepted;
    behaviour = (request, socket) => {
      if (fake.accepted > before) hits(request, socket);
      else if (request.opcode === set) socket.write(reply(request));
    };
    const [read, store] = await outcomes<unknown>([
      textOf(client, 'hit'),
      client.set('k', itemOf('v')),
    ]);
    expect(read).toEqual({ value: 'hit' });
    expect(failed(store!)).toBe(true);
  });

  test('a batch whose last reply does not arrive fails as a whole at its deadline', async () => {
    const { client } = openClient(fake.address, { timeout: 100 });
    expect(await textInTheEnd(client, 'hit')).toBe('hit');
    behaviour = (request, socket) => {
      if (request.opcode === quietGet) hits(request, socket);
    };
    const asking = ['hit1', 'none', 'hit2', 'hit3'].map((key) => textOf(client, key));
    expect(await elapsed(() => Promise.all(asking))).toBeGreaterThan(90);
    expect(await outcomes(asking)).toEqual([
      { value: 'hit1' },
      { value: undefined },
      { value: 'hit2' },
      { error: expect.any(BackendError) },
    ]);
  });
});
