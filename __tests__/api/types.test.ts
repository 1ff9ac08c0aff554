import {
  cached,
  cacheOf,
  createCache,
  lru,
  memoize,
  tiered,
  type Memoized,
} from '../../src/index.js';
import { remoteBackend } from '../support/remote-backend.js';

// The compiler checks the types; running the tests shows that behaviour agrees with them.

type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Same<A, B>): void => undefined;

describe('types', () => {
  test('a synchronous function keeps its type, and its controls are synchronous', () => {
    const square = memoize((n: number) => n * n);
    const nine: number = square(3);
    expect(nine).toBe(9);
    const forgotten: boolean = square.invalidate(3);
    expect(forgotten).toBe(true);
    same<ReturnType<typeof square.peek>, { value: number; freshUntil: number } | undefined>;
    expect(square.peek(3)?.value).toBeUndefined();
    const primed: boolean = square.prime([4], 16);
    expect([primed, square(4), square.refresh(5)]).toEqual([true, 16, 25]);
    // @ts-expect-error -- the argument is a number
    square.keyFor('3');
    // @ts-expect-error -- an argument is missing
    expect(() => square.keyFor()).not.toThrow();
  });

  test('a synchronous function on an asynchronous backend returns promises', async () => {
    const square = memoize((n: number) => n * n, { backend: remoteBackend(), name: 'square' });
    same<ReturnType<typeof square>, Promise<number>>(true);
    const answer: Promise<number> = square(3);
    expect(await answer).toBe(9);
    const forgotten: Promise<boolean> = square.invalidate(3);
    expect(await forgotten).toBe(true);
    // @ts-expect-error -- a promise is not a number
    const wrong: number = square(4);
    expect(await wrong).toBe(16);
  });

  test('an asynchronous function keeps its type on every backend', async () => {
    const find = async <T extends string>(
      id: T,
      deep = false,
    ): Promise<{ id: T; deep: boolean }> => ({
      id,
      deep,
    });
    const local = memoize(find);
    const shared = memoize(find, { backend: remoteBackend(), name: 'find' });
    const one: { id: 'a'; deep: boolean } = await local('a');
    const two: { id: 'b'; deep: boolean } = await shared('b', true);
    expect([one, two]).toEqual([
      { id: 'a', deep: false },
      { id: 'b', deep: true },
    ]);
    const typed: Memoized<typeof find> = local;
    expect(typed).toBe(local);
  });

  test('overloads are kept', () => {
    function pick(n: number): number;
    function pick(text: string): string;
    function pick(value: number | string): number | string {
      return value;
    }
    const picked = memoize(pick);
    const n: number = picked(1);
    const text: string = picked('1');
    expect([n, text]).toEqual([1, '1']);
  });

  test('`this` and the parameters of the key callback are inferred', () => {
    const f = memoize(
      function f(this: { tenant: string }, id: number, tags?: readonly string[]): string {
        return `${this.tenant}${id}${tags?.join() ?? ''}`;
      },
      {
        key(id, tags) {
          return [this.tenant, id.toFixed(), tags?.length];
        },
        ttl: (text, id) => text.length + id.toFixed().length,
      },
    );
    expect(f.call({ tenant: 'a' }, 1)).toBe('a1');
    expect(f.call({ tenant: 'b' }, 1)).toBe('b1');
    // @ts-expect-error -- `this` is missing
    expect(() => f(1)).toThrow();
  });

  test('parameters without a type are an error, as without memoize', () => {
    // @ts-expect-error -- x has no type
    const f = memoize((x) => x.length as unknown);
    expect((f as unknown as (text: string) => number)('four')).toBe(4);
  });

  test('options are checked', () => {
    // @ts-expect-error -- no such option
    expect(() => memoize((n: number) => n, { maxAge: 5 })).toThrow();
    // @ts-expect-error -- no such unit
    expect(() => memoize((n: number) => n, { ttl: '5 minutes' })).toThrow();
    // @ts-expect-error -- the key function has more parameters than the function
    memoize((n: number) => n, { key: (n: number, m: number) => n + m });
    // @ts-expect-error -- the key function has a parameter of another type
    memoize((n: number) => n, { key: (n: string) => n });
  });

  test('a synchronous method on an asynchronous backend does not compile', () => {
    const backend = remoteBackend();
    const cache = createCache({ backend });
    const define = () => {
      class Wrong {
        // @ts-expect-error -- the method returns a number
        @cache.cached({ name: 'one' }) one(n: number): number {
          return n;
        }
        // @ts-expect-error -- the method returns a number
        @cached({ backend, name: 'two' }) two(n: number): number {
          return n;
        }
        // @ts-expect-error -- the method returns a number
        @cache.cached three(n: number): number {
          return n;
        }
      }
      return Wrong;
    };
    expect(define).toThrow(
      'must return a promise on the asynchronous remote backend, but returns a Number',
    );
  });

  test('a cache knows its backend', async () => {
    const local = createCache({ backend: lru() });
    const one: number = local.memoize((n: number) => n)(1);
    const far = createCache({ backend: remoteBackend() });
    const two: Promise<number> = far.memoize((n: number) => n, { name: 'n' })(2);
    const own: number = far.memoize((n: number) => n, { backend: lru() })(3);
    for (const backend of [undefined, remoteBackend()]) {
      const given: Promise<number> | number = createCache({ backend }).memoize((n: number) => n, {
        name: 'n',
      })(5);
      // @ts-expect-error -- the result may be a number
      const promise: Promise<number> = given;
      expect(await promise).toBe(5);
    }
    const tier = createCache({ backend: tiered(lru(), remoteBackend()) });
    const four: Promise<number> = tier.memoize((n: number) => n, { name: 'n' })(4);
    expect([one, await two, own, await four]).toEqual([1, 2, 3, 4]);
    // @ts-expect-error -- l1 must be a backend in process
    expect(() => tiered(remoteBackend(), remoteBackend())).toThrow('l1');
    // @ts-expect-error -- l2 must be a shared backend
    expect(() => tiered(lru(), lru())).toThrow('l2');
  });

  test('cacheOf is typed by the method', async () => {
    class Users {
      @cached({ key: 'u:{0}' }) find(id: number): string {
        return `${id}`;
      }
    }
    const users = new Users();
    const controls = cacheOf(users.find, users);
    const fresh: string = await controls.refresh(1);
    expect(fresh).toBe('1');
    const peeked: { value: string } | undefined = await controls.peek(1);
    expect(peeked?.value).toBe('1');
    // @ts-expect-error -- the argument is a number
    expect(await controls.invalidate('1')).toBe(true);
  });
});
