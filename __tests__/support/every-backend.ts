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

/** A cache for one test, and the events of its functions. */
export interface Opened {
  readonly cache: BoundCache<Backend>;
  readonly heard: string[];
  readonly events: CacheEvent[];
}

/** The backend that a suite tests. */
export interface BackendUnderTest {
  readonly shared: boolean;
  /** Opens a cache on it with its own derived keys. The cache is closed after the test. */
  open(): Opened;
  /** A string that no other test has, as the prefix of a key. */
  freshName(): string;
}

/** Runs a suite on an LRU, on a real memcached, and on one behind an LRU. */
export function describeEvery(title: string, suite: (place: BackendUnderTest) => void): void {
  describe(`${title}, on an LRU`, () => {
    suite(underTest(false, lru));
  });
  describeDaemon(`${title}, on memcached`, (open) => {
    suite(underTest(true, open));
  });
  describeDaemon(`${title}, on a tier of both`, (open) => {
    suite(underTest(true, () => tiered(lru(), open())));
  });
}

/** A suite with its own memcached. */
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

function underTest(shared: boolean, backend: () => Backend): BackendUnderTest {
  let last = 0;
  const opened: Opened[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(({ cache }) => cache.close()));
  });
  return {
    shared,
    freshName: () => `test${(last += 1)}`,
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
