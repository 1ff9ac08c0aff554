import { adapter, type Call, keyOf } from '../loops.js';
import type { Shape } from '../shapes.js';
import {
  type Contestant,
  does,
  HOUR,
  load,
  primitives,
  type Setting,
  single,
  slow,
} from './contestant.js';
import { ours } from './ours.js';
import { stores } from './stores.js';

/** The contestant searches a list from its beginning: a larger set would measure only the list's length. */
const linear = (shape: Shape): number => (shape.name === 'one number' ? 10_000 : 100);
const LINEAR = 'searches a list; left out of larger sets';

/** Memoizers that take synchronous and asynchronous functions, and store promises as they are. */
export const eitherKind: readonly Contestant[] = [
  {
    name: 'lodash.memoize',
    tellsApart: single,
    does: does(false, false, false, 'first argument only, unless given a resolver, as here'),
    make: async ({ shape, fn }) => {
      const { default: memoize } = await load('lodash.memoize');
      return memoize(fn, shape.single ? undefined : keyOf(shape)) as Call;
    },
  },
  {
    name: 'memoize',
    tellsApart: single,
    does: does(true, true, false, 'on quick-lru; first argument only, unless given cacheKey'),
    make: async ({ shape, fn, max }) => {
      const [{ default: memoize }, { default: QuickLRU }] = [
        await load('memoize'),
        await load('quick-lru'),
      ];
      const cacheKey = shape.single ? {} : { cacheKey: spreadKey(shape) };
      return memoize(fn, {
        cache: new QuickLRU({ maxSize: max }),
        maxAge: HOUR,
        ...cacheKey,
      }) as Call;
    },
  },
  {
    name: 'memoizee',
    does: does(true, true, false, 'primitive: true; JSON.stringify for objects'),
    make: async ({ shape, fn, max, promised, closing }) => {
      const { default: memoizee } = await load('memoizee');
      const key = keyOf(shape);
      const memoized = memoizee(fn, {
        max,
        maxAge: HOUR,
        length: shape.params.split(',').length,
        ...(promised && { promise: true }),
        ...(shape.object
          ? { normalizer: (args: ArrayLike<unknown>) => key(args[0]) }
          : { primitive: true }),
      }) as Call & { clear(): void };
      closing.push(() => memoized.clear());
      return memoized;
    },
  },
  {
    name: 'moize',
    tellsApart: primitives,
    does: does(true, true, false, LINEAR),
    make: async ({ shape, fn, max, promised, closing }) => {
      const { default: module } = await load('moize');
      const moize = (module.default ?? module) as (
        fn: Call,
        options: object,
      ) => Call & { clear(): void };
      const memoized = moize(fn, {
        maxSize: max,
        maxAge: HOUR,
        isPromise: promised,
        isSerialized: shape.object,
      });
      closing.push(() => memoized.clear());
      return memoized;
    },
    maxKeys: linear,
  },
  {
    name: 'micro-memoize',
    tellsApart: primitives,
    does: does(true, true, false, LINEAR),
    make: async ({ shape, fn, max, promised }) => {
      const { memoize } = await load('micro-memoize');
      return memoize(fn, {
        maxSize: max,
        expires: HOUR,
        async: promised,
        ...(shape.object && { serialize: true }),
      }) as Call;
    },
    maxKeys: linear,
  },
  {
    name: 'fast-memoize',
    does: does(false, false, false, 'JSON.stringify of all arguments'),
    make: async ({ fn, shape }) => {
      const { default: memoize } = await load('fast-memoize');
      // It looks at the function's length to tell how many arguments there are.
      return memoize(adapter(shape, `fn(${shape.params})`, { fn })) as Call;
    },
  },
];

/** In version 2.0.3 its hash is a promise, whose string form is the key of every call. */
export const COLLIDING = 'keys by hand: those of its own making are all equal';

/** `memoize` and p-memoize pass all arguments as one array. */
export function spreadKey(shape: Shape): (args: unknown[]) => unknown {
  const key = keyOf(shape);
  return shape.object || shape.single
    ? ([only]) => key(only)
    : shape.name.startsWith('two')
      ? ([first, second]) => key(first, second)
      : ([first, second, third]) => key(first, second, third);
}

const lruMemo: Contestant = {
  name: 'lru-cache memo',
  tellsApart: single,
  does: does(true, true, false, 'the usual key, JSON.stringify for objects'),
  make: async ({ shape, fn, max }: Setting) => {
    const { LRUCache } = await load('lru-cache');
    const memoMethod = (_key: unknown, _old: unknown, { context }: { context: unknown[] }) =>
      fn(...context);
    const cache = new LRUCache({ max, ttl: HOUR, memoMethod });
    return adapter(shape, `cache.memo(${shape.usual}, { context: [${shape.params}] })`, { cache });
  },
};

const cacheable: Contestant = {
  name: '@cacheable/memoize',
  maxKeys: slow,
  does: does(true, true, false, COLLIDING),
  make: async ({ shape, fn, max }) => {
    const [{ wrapSync }, { CacheableMemory }] = [
      await load('@cacheable/memoize'),
      await load('@cacheable/memory'),
    ];
    const cache = new CacheableMemory({ lruSize: max, ttl: '1h', useClone: false });
    const key = spreadKey(shape);
    const createKey = (_fn: unknown, args: unknown[]): string => `${key(args)}`;
    return wrapSync(fn, { cache, ttl: '1h', createKey }) as Call;
  },
};

export const sync: readonly Contestant[] = [...stores, ...ours, lruMemo, ...eitherKind, cacheable];
