import { createCache, KeyError, memoize } from '../../src/index.js';
import { describeEvery } from '../support/every-backend.js';
import { deferred } from '../support/transcript.js';
import { flush, until } from '../support/until.js';

class NotFound extends Error {
  readonly status = 404;
}
const frozen = Object.freeze(new NotFound('frozen'));
const THROWN: readonly (readonly [string, unknown])[] = [
  ['an Error', new Error('no')],
  ['an error of a custom class', new NotFound('no')],
  ['a frozen error', frozen],
  ['a string', 'no'],
  ['an object', { code: 1 }],
  ['nothing', undefined],
  ['null', null],
  ['0', 0],
  ['false', false],
  ['a KeyError of another function', new KeyError('theirs')],
];

describeEvery('P8: errors of the function are passed on unchanged', (place) => {
  test.each(THROWN)('%s reaches every caller unchanged and is not stored', async (_, error) => {
    const { cache, heard } = place.open();
    let computed = 0;
    const f = cache.memoize(
      async (_: number): Promise<never> => {
        computed += 1;
        await flush();
        throw error;
      },
      { name: 'fails' },
    );
    const settled = await Promise.allSettled([f(1), f(1), f(1)]);
    for (const call of settled) {
      expect(call.status).toBe('rejected');
      expect((call as PromiseRejectedResult).reason).toBe(error);
    }
    expect(computed).toBe(1);
    await cache.idle();
    expect(await f.peek(1)).toBeUndefined();
    expect(heard).toEqual(['miss', 'join', 'join', 'computeError']);
    await f(1).catch(() => undefined);
    expect(computed).toBe(2);
  });

  test('an error keeps its stack, its properties and its prototype', async () => {
    const { cache } = place.open();
    const error = new NotFound('user 7');
    const { stack } = error;
    const f = cache.memoize(
      async (): Promise<never> => {
        throw error;
      },
      { name: 'untouched' },
    );
    await f().catch(() => undefined);
    expect(Reflect.ownKeys(error).sort()).toEqual(['message', 'stack', 'status']);
    expect(error.stack).toBe(stack);
    expect(Object.getPrototypeOf(error)).toBe(NotFound.prototype);
  });

  test('after a failure the next call computes, and its value is stored', async () => {
    const { cache } = place.open();
    const outcomes = [new Error('first'), 'second'];
    const f = cache.memoize(
      async (_: number) => {
        const outcome = outcomes.shift();
        if (outcome instanceof Error) throw outcome;
        return outcome;
      },
      { name: 'recovers' },
    );
    await expect(f(1)).rejects.toThrow('first');
    expect(await f(1)).toBe('second');
    await cache.idle();
    expect(await f(1)).toBe('second');
    expect(outcomes).toEqual([]);
  });

  test('an error that is returned is a value, not a failure', async () => {
    const { cache } = place.open();
    const f = cache.memoize(async () => new RangeError('a result'), { name: 'returned' });
    await f();
    await cache.idle();
    const hit = await f();
    expect(hit).toBeInstanceOf(RangeError);
    expect(hit.message).toBe('a result');
    expect(cache.stats()).toMatchObject({ hit: 1, computeError: 0 });
  });

  test('a refresh that fails rejects with the error, and the stored value stays', async () => {
    const { cache } = place.open();
    const failure = new Error('not now');
    let fails = false;
    const f = cache.memoize(
      async (_: number) => {
        if (fails) throw failure;
        return 'stored';
      },
      { name: 'kept' },
    );
    await f(1);
    await cache.idle();
    fails = true;
    const error: unknown = await f.refresh(1).catch((reason: unknown) => reason);
    expect(error).toBe(failure);
    expect(await f(1)).toBe('stored');
  });

  test('calls that joined a failing refresh get its error', async () => {
    const { cache } = place.open();
    const failure = new Error('not now');
    const gate = deferred<string>();
    let computed = 0;
    const f = cache.memoize(
      (_: number) => {
        computed += 1;
        return gate.promise;
      },
      { name: 'joined' },
    );
    const calls = Promise.allSettled([f.refresh(1), f(1)]);
    await until(() => computed === 1);
    gate.reject(failure);
    expect(await calls).toEqual([1, 2].map(() => ({ status: 'rejected', reason: failure })));
  });

  test('a primed promise that rejects makes prime reject with the same error, and stores nothing', async () => {
    const { cache } = place.open();
    const failure = new Error('never came');
    const f = cache.memoize(async (n: number) => n, { name: 'primed' });
    const error: unknown = await f
      .prime([1], Promise.reject(failure))
      .catch((reason: unknown) => reason);
    expect(error).toBe(failure);
    expect(await f(1)).toBe(1);
  });

  test('an error of a decorated method is passed on unchanged', async () => {
    const { cache } = place.open();
    const failure = new NotFound('user 7');
    class Users {
      @cache.cached({ name: place.freshName() }) async find(_: number): Promise<string> {
        throw failure;
      }
    }
    const users = new Users();
    const error: unknown = await users.find(7).catch((reason: unknown) => reason);
    expect(error).toBe(failure);
  });

  test('an event carries the same error', async () => {
    const { cache, events } = place.open();
    const failure = new Error('no');
    const f = cache.memoize(
      async (): Promise<never> => {
        throw failure;
      },
      { name: 'told' },
    );
    await f().catch(() => undefined);
    expect(events.at(-1)).toMatchObject({ type: 'computeError', name: 'told', error: failure });
  });
});

describe('P8: in process', () => {
  test.each(THROWN)(
    '%s of a synchronous function is thrown synchronously and unchanged',
    (_, error) => {
      const f = memoize((_: number): number => {
        throw error;
      });
      let caught: unknown = 'nothing';
      try {
        f(1);
      } catch (reason) {
        caught = reason;
      }
      expect(caught).toBe(error);
    },
  );

  test('two calls of a synchronous function each compute and get their own error', () => {
    let computed = 0;
    const cache = createCache();
    const f = cache.memoize((_: number): number => {
      computed += 1;
      throw new Error(`${computed}`);
    });
    expect(() => f(1)).toThrow('1');
    expect(() => f(1)).toThrow('2');
  });
});
