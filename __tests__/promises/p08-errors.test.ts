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
  ['an error of a class of your own', new NotFound('no')],
  ['a frozen error', frozen],
  ['a text', 'no'],
  ['an object', { code: 1 }],
  ['nothing', undefined],
  ['null', null],
  ['0', 0],
  ['false', false],
  ['a KeyError of another function', new KeyError('theirs')],
];

describeEvery('P8: the function’s errors are the function’s', (place) => {
  test.each(THROWN)(
    '%s comes out as it is, to every caller, and is not stored',
    async (_, error) => {
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
    },
  );

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

  test('a refresh that fails answers with the error, and what is stored stays', async () => {
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

  test('whoever joined a refresh that fails gets its error', async () => {
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

  test('a value primed as a promise that fails rejects with that very error, and stores nothing', async () => {
    const { cache } = place.open();
    const failure = new Error('never came');
    const f = cache.memoize(async (n: number) => n, { name: 'primed' });
    const error: unknown = await f
      .prime([1], Promise.reject(failure))
      .catch((reason: unknown) => reason);
    expect(error).toBe(failure);
    expect(await f(1)).toBe(1);
  });

  test('an error of a decorated method comes out as it is', async () => {
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

  test('an event tells of it, with the very error', async () => {
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
  test.each(THROWN)('%s of a synchronous function is thrown at once, as it is', (_, error) => {
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
  });

  test('of two callers of a synchronous function each computes, and gets its own error', () => {
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
