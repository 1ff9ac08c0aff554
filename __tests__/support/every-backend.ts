import {
  createCache,
  lru,
  tiered,
  type Backend,
  type BoundCache,
  type CacheEvent,
} from '../../src/index.js';
import { memcached, type MemcachedBackend } from '../../src/memcached.js';
import { describeMemcached, MemcachedDaemon } from './memcached-daemon.js';
import { transcript } from './transcript.js';

/** A cache of a test's own, and the events of its functions. */
export interface Opened {
  readonly cache: BoundCache<Backend>;
  readonly heard: string[];
  readonly events: CacheEvent[];
}

/** The backend on which a suite runs. */
export interface Place {
  readonly shared: boolean;
  /** A cache on it, whose derived keys are no other's. It is closed after the test. */
  open(): Opened;
  /** A text that no other test has, to begin a key with. */
  fresh(): string;
}

/** Runs a suite on an LRU, on a real memcached, and on one behind an LRU. */
export function describeEvery(title: string, suite: (place: Place) => void): void {
  describe(`${title}, on an LRU`, () => {
    suite(placeOn(false, lru));
  });
  describeDaemon(`${title}, on memcached`, (open) => {
    suite(placeOn(true, open));
  });
  describeDaemon(`${title}, on a tier of both`, (open) => {
    suite(placeOn(true, () => tiered(lru(), open())));
  });
}

/** A suite with a memcached of its own. */
function describeDaemon(title: string, suite: (open: () => MemcachedBackend) => void): void {
  describeMemcached(title, () => {
    let daemon: MemcachedDaemon;
    beforeAll(async () => {
      daemon = await MemcachedDaemon.start();
    });
    afterAll(() => daemon.stop());
    suite(() => memcached(daemon.address, { timeout: '5s' }));
  });
}

function placeOn(shared: boolean, backend: () => Backend): Place {
  let last = 0;
  const opened: Opened[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(({ cache }) => cache.close()));
  });
  return {
    shared,
    fresh: () => `test${(last += 1)}`,
    open: () => {
      const { heard, onEvent } = transcript();
      const events: CacheEvent[] = [];
      const cache = createCache({
        backend: backend(),
        version: (last += 1),
        onEvent: (event) => {
          events.push(event);
          onEvent(event);
        },
      });
      const each = { cache, heard, events };
      opened.push(each);
      return each;
    },
  };
}

/** Lets everything that is ready happen. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Lets the messages of a few commands arrive. */
export async function turns(): Promise<void> {
  for (let n = 0; n < 20; n += 1) await turn();
}
