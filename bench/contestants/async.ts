import { adapter, type Call, keyOf } from '../loops.js';
import { type Contestant, does, HOUR, load, single, slow } from './contestant.js';
import { ours } from './ours.js';
import { stores } from './stores.js';
import { COLLIDING, eitherKind, spreadKey } from './sync.js';

const JSON_KEY = 'JSON.stringify for objects';
const BY_HAND = 'keys by hand, JSON.stringify for objects';

const text = (shape: { single: boolean; usual: string }): string =>
  shape.single ? '`${' + shape.usual + '}`' : shape.usual;

const libraries: readonly Contestant[] = [
  {
    name: 'lru-cache fetch',
    tellsApart: single,
    does: does(true, true, false, BY_HAND),
    make: async ({ shape, fn, max }) => {
      const { LRUCache } = await load('lru-cache');
      const fetchMethod = (_key: unknown, _old: unknown, { context }: { context: unknown[] }) =>
        fn(...context);
      const cache = new LRUCache({ max, ttl: HOUR, fetchMethod });
      const body = `cache.fetch(${shape.usual}, { context: [${shape.params}] })`;
      return adapter(shape, body, { cache });
    },
  },
  {
    name: 'p-memoize',
    tellsApart: single,
    does: does(true, true, false, 'on quick-lru; first argument only, unless given cacheKey'),
    make: async ({ shape, fn, max }) => {
      const { default: pMemoize } = await load('p-memoize');
      const { default: QuickLRU } = await load('quick-lru');
      const cache = new QuickLRU({ maxSize: max, maxAge: HOUR });
      return pMemoize(fn, {
        cache,
        ...(!shape.single && { cacheKey: spreadKey(shape) }),
      }) as Call;
    },
  },
  {
    name: '@cacheable/memoize',
    maxKeys: slow,
    does: does(true, true, false, COLLIDING),
    make: async ({ shape, fn, max }) => {
      const { wrap } = await load('@cacheable/memoize');
      const { CacheableMemory } = await load('@cacheable/memory');
      const cache = new CacheableMemory({ lruSize: max, ttl: '1h', useClone: false });
      const key = spreadKey(shape);
      const createKey = (_fn: unknown, args: unknown[]): string => `${key(args)}`;
      return wrap(fn, { cache, ttl: '1h', createKey }) as Call;
    },
  },
  {
    name: 'cache-manager wrap',
    maxKeys: slow,
    does: does(true, true, false, BY_HAND),
    make: async ({ shape, fn, max }) => {
      const { createCache } = await load('cache-manager');
      const { Keyv } = await load('keyv');
      const { CacheableMemory } = await load('@cacheable/memory');
      const store = new CacheableMemory({ lruSize: max, ttl: '1h', useClone: false });
      const cache = createCache({ stores: [new Keyv({ store })], ttl: HOUR });
      const body = `cache.wrap(${text(shape)}, () => fn(${shape.params}))`;
      return adapter(shape, body, { cache, fn });
    },
  },
  {
    name: 'async-cache-dedupe',
    does: does(true, true, false, 'one argument, stringified with its keys in order'),
    make: async ({ shape, fn, max }) => {
      const { createCache } = await load('async-cache-dedupe');
      const storage = { type: 'memory', options: { size: max } };
      const cache = createCache({ ttl: HOUR / 1_000, storage });
      const several = shape.params.includes(',');
      const whole = several ? `{ ${shape.params} }` : shape.params;
      cache.define('find', adapter({ ...shape, params: whole }, `fn(${shape.params})`, { fn }));
      return adapter(shape, `cache.find(${whole})`, { cache });
    },
  },
  {
    name: 'bentocache',
    maxKeys: slow,
    does: does(true, true, false, `${BY_HAND}; by reference, as here, if told so`),
    make: async ({ shape, fn, max }) => {
      const { BentoCache, bentostore } = await load('bentocache');
      const { memoryDriver } = await load('bentocache/drivers/memory');
      const driver = memoryDriver({ maxItems: max, serialize: false });
      const stores = { memory: bentostore().useL1Layer(driver) };
      const cache = new BentoCache({ default: 'memory', stores });
      const factory = `() => fn(${shape.params})`;
      const body = `cache.getOrSet({ key: ${text(shape)}, factory: ${factory}, ttl: '1h' })`;
      return adapter(shape, body, { cache, fn });
    },
  },
  {
    name: 'layered-loader',
    does: does(true, true, false, BY_HAND),
    make: async ({ shape, fn, max }) => {
      const { Loader } = await load('layered-loader');
      const key = keyOf(shape, text(shape));
      const several = shape.params.includes(',');
      const loader = new Loader({
        inMemoryCache: { cacheType: 'lru-object', ttlInMsecs: HOUR, maxItems: max },
        cacheKeyFromLoadParamsResolver: several
          ? (params: unknown[]) => key(...params)
          : (param: unknown) => key(param),
        dataSources: [
          {
            name: 'origin',
            get: several ? (params: unknown[]) => fn(...params) : (param: unknown) => fn(param),
          },
        ],
      });
      return adapter(shape, `loader.get(${several ? `[${shape.params}]` : shape.params})`, {
        loader,
      });
    },
  },
  {
    name: 'cachified',
    does: does(true, true, false, `on lru-cache; ${BY_HAND}`),
    make: async ({ shape, fn, max }) => {
      const { cachified } = await load('@epic-web/cachified');
      const { LRUCache } = await load('lru-cache');
      const cache = new LRUCache({ max });
      const body = `cachified({ key: ${text(shape)}, cache, ttl: ${HOUR}, getFreshValue: () => fn(${shape.params}) })`;
      return adapter(shape, body, { cachified, cache, fn });
    },
  },
  {
    name: 'ocache',
    does: does(true, true, true, 'hashes all arguments'),
    make: async ({ fn, max }) => {
      const { defineCachedFunction, createMemoryStorage } = await load('ocache');
      const storage = createMemoryStorage({ maxSize: max });
      const options = { name: 'find', maxAge: HOUR / 1_000, swr: false, storage };
      return defineCachedFunction(fn, options) as Call;
    },
  },
  {
    name: '@type-cacheable/core',
    maxKeys: slow,
    does: does(true, true, false, `on lru-cache; ${JSON_KEY}`),
    make: async ({ fn, max }) => {
      const { Cacheable } = await load('@type-cacheable/core');
      const { LRUCacheAdapter } = await load('@type-cacheable/lru-cache-adapter');
      const { LRUCache } = await load('lru-cache');
      const client = new LRUCacheAdapter(new LRUCache({ max, ttl: HOUR }));
      const target = { find: fn };
      const descriptor = { value: fn, writable: true, configurable: true, enumerable: true };
      const decorate = Cacheable({ client, ttlSeconds: HOUR / 1_000 });
      const decorated = (decorate(target, 'find', descriptor) ?? descriptor) as { value: Call };
      return (...args) => decorated.value.apply(target, args);
    },
  },
];

export const promised: readonly Contestant[] = [...stores, ...ours, ...eitherKind, ...libraries];
