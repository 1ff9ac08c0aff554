import { createCache, lru, memoize } from '../../src/index.js';
import { remoteBackend } from '../support/remote-backend.js';

type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Same<A, B>): void => undefined;

// The compiler checks the types; running the tests shows that behaviour agrees with them.
describe('parameters with a default, beside options with callbacks', () => {
  test('a default gives a parameter its type', () => {
    const add = memoize((a: string, b = 1) => a.length + b, {
      shouldCache: (value, a, b) => value > 0 && a.length > 0 && b?.toFixed() !== '9',
      ttl: (value, a) => value + a.length,
    });
    same<Parameters<typeof add>, [a: string, b?: number | undefined]>(true);
    same<ReturnType<typeof add>, number>(true);
    expect([add('ab'), add('ab', 5)]).toEqual([3, 7]);
    expect(add.invalidate('ab')).toBe(true);
    // @ts-expect-error -- b is a number
    add('ab', '5');
  });

  test('a destructured default does too', async () => {
    const find = memoize(async (id: string, { deep = false } = {}) => ({ id, deep }), {
      ttl: (value) => (value.deep ? '1m' : '5m'),
      key: (id, options) => [id.toUpperCase(), options?.deep],
    });
    const found: { id: string; deep: boolean } = await find('a', { deep: true });
    expect(found).toEqual({ id: 'a', deep: true });
    const pair = memoize(([first = 1, second = 'x'] = []) => `${first.toFixed()}${second}`, {
      shouldCache: (text) => text.length > 0,
    });
    expect(pair()).toBe('1x');
  });

  test('`this` is inferred beside a default', () => {
    const tag = memoize(
      function tag(this: { tenant: string }, id: number, { deep = false } = {}) {
        return `${this.tenant}${id}${deep}`;
      },
      {
        key(id, options) {
          return [this.tenant, id.toFixed(), options?.deep];
        },
        shouldCache: (text, id) => text.length > id,
      },
    );
    expect(tag.call({ tenant: 't' }, 1)).toBe('t1false');
  });

  test('on an asynchronous backend the function returns promises', async () => {
    const backend = remoteBackend();
    const add = memoize((a: string, b = 1) => a.length + b, {
      backend,
      name: 'add',
      shouldCache: (value, a) => value > 0 && a.length > 0,
    });
    const three: Promise<number> = add('ab');
    const find = memoize(async (id: string, { deep = false } = {}) => ({ id, deep }), {
      backend,
      name: 'find',
      ttl: (value) => (value.deep ? '1m' : '5m'),
    });
    same<ReturnType<typeof find>, Promise<{ id: string; deep: boolean }>>(true);
    expect([await three, await find('a')]).toEqual([3, { id: 'a', deep: false }]);
  });

  test('also with the memoize of a cache', async () => {
    const far = createCache({ backend: remoteBackend() });
    const add = far.memoize((a: string, b = 1) => a.length + b, {
      name: 'add',
      ttl: (value, a) => value + a.length,
    });
    const three: Promise<number> = add('ab');
    const local: number = createCache({ backend: lru() }).memoize(
      (a: string, { by = 2 } = {}) => a.length * by,
      { key: (a, options) => `${a.trim()}${options?.by}` },
    )('ab');
    const own: number = far.memoize((a: string, b = 1) => a.length + b, {
      backend: lru(),
      key: (a) => a.trim(),
    })('ab');
    expect([await three, local, own]).toEqual([3, 4, 3]);
  });

  test('a generic wrapper knows the memoized function', async () => {
    const far = createCache({ backend: remoteBackend() });
    const wrap = <F extends (id: string) => Promise<number>>(fn: F) => {
      const memoized = far.memoize(fn, { key: 'w:{0}' });
      const call: Promise<number> = memoized('abc');
      const forget = (id: string): Promise<boolean> => memoized.invalidate(id);
      return { memoized, call, forget };
    };
    const { memoized, call, forget } = wrap(async (id: string) => id.length);
    const two: Promise<number> = memoized('ab');
    expect([await two, await call, await forget('ab')]).toEqual([2, 3, true]);
  });

  test('the type that is expected of the result changes nothing', async () => {
    const far = createCache({ backend: remoteBackend() });
    const local: { add: (a: string, b?: number) => number } = {
      add: memoize((a: string, b = 1) => a.length + b, {
        ttl: (value, a) => value + a.length,
        key: (a, b) => [a.trim(), b?.toFixed()],
      }),
    };
    const shared: { add: (a: string, b?: number) => Promise<number> } = {
      add: far.memoize((a: string, b = 1) => a.length + b, {
        name: 'add',
        ttl: (value, a) => value + a.length,
      }),
    };
    expect([local.add('ab'), await shared.add('ab')]).toEqual([3, 3]);
  });

  test('a parameter with neither a type nor a default is an error', () => {
    // @ts-expect-error -- x has no type
    const f = memoize((x) => x as unknown);
    expect((f as (x: number) => unknown)(4)).toBe(4);
    // @ts-expect-error -- a class is not a function
    expect(() => memoize(class A {})).toThrow();
  });
});
