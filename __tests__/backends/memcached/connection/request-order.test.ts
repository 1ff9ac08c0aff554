import fc from 'fast-check';
import { describeMemcached, MemcachedDaemon } from '../../../support/memcached-daemon.js';
import { closeClients, itemOf, openClient, textOf } from '../../../support/open-client.js';

describeMemcached('the commands of one tick, on a real memcached', () => {
  let daemon: MemcachedDaemon;
  beforeAll(async () => (daemon = await MemcachedDaemon.start()));
  afterEach(closeClients);
  afterAll(() => daemon.stop());

  test('see the effects of earlier commands, and none of later ones', async () => {
    const { client } = openClient(daemon.address);
    const command = fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      does: fc.constantFrom('get', 'get', 'get', 'get', 'set', 'delete'),
    });
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 100 }), async (commands) => {
        const prefix = `round${(round += 1)}:`;
        const model = new Map<string, string>();
        const wanted: (string | undefined)[] = [];
        const reads: Promise<string | undefined>[] = [];
        const others: Promise<unknown>[] = [];
        for (const [index, { key, does }] of commands.entries()) {
          if (does === 'get') {
            wanted.push(model.get(key));
            reads.push(textOf(client, prefix + key));
          } else if (does === 'set') {
            model.set(key, `${index}`);
            others.push(client.set(prefix + key, itemOf(`${index}`)));
          } else {
            model.delete(key);
            others.push(client.delete(prefix + key));
          }
        }
        expect(await Promise.all(reads)).toEqual(wanted);
        await Promise.all(others);
      }),
    );
  });

  test('return the right values by the thousand, hits and misses', async () => {
    const { client } = openClient(daemon.address);
    const valueOf = (n: number): Buffer => Buffer.alloc((n * 37) % 9_000, `${n}.`);
    const stored = (n: number): boolean => n % 3 !== 0;
    const all = Array.from({ length: 3_000 }, (_, n) => n);
    await Promise.all(all.filter(stored).map((n) => client.set(`n${n}`, itemOf(valueOf(n)))));
    const items = await Promise.all(all.map((n) => client.get(`n${n}`)));
    items.forEach((item, n) => {
      expect(item !== undefined).toBe(stored(n));
      if (item) expect(Buffer.compare(item.value, valueOf(n))).toBe(0);
    });
  });
});
