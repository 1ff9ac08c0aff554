import {
  cached,
  cacheOf,
  createCache,
  KeyError,
  OptionError,
  type Entry,
} from '../../src/index.js';
import { remoteBackend } from '../support/remote-backend.js';
import { deferred, transcript } from '../support/transcript.js';

const keysOf = (backend: { readonly entries: Map<string, Entry> }): string[] => [
  ...backend.entries.keys(),
];

/** Tests of decorated methods, compiled once for each dialect of decorators. */
export function decoratorSuite(dialect: string): void {
  describe(`@cached with ${dialect} decorators`, () => {
    describe('in its three forms', () => {
      class Forms {
        computed = 0;
        @cached bare(n: number): number {
          this.computed += 1;
          return n;
        }
        @cached() called(n: number): number {
          this.computed += 1;
          return n;
        }
        @cached({ ttl: '1h', key: (n) => n % 10 }) optioned(n: number): number {
          this.computed += 1;
          return n;
        }
      }

      test.each(['bare', 'called', 'optioned'] as const)(
        '%s computes once per argument',
        (form) => {
          const forms = new Forms();
          expect([forms[form](1), forms[form](1), forms[form](2)]).toEqual([1, 1, 2]);
          expect(forms.computed).toBe(2);
        },
      );

      test('a key function decides which calls are equal', () => {
        const forms = new Forms();
        expect([forms.optioned(3), forms.optioned(13)]).toEqual([3, 3]);
      });
    });

    describe('on every kind of method', () => {
      const symbolic = Symbol('symbolic');
      class Kinds {
        static made = 0;
        constructor(readonly tag: string) {}
        @cached static shared(n: number): string {
          Kinds.made += 1;
          return `${this.name}${n}`;
        }
        @cached [symbolic](n: number): string {
          return `${this.tag}${n}`;
        }
        @cached protected hidden(n: number): string {
          return `${this.tag}${n}`;
        }
        reveal(n: number): string {
          return this.hidden(n);
        }
        @cached rest(...parts: number[]): string {
          return `${this.tag}${parts.join('+')}`;
        }
        @cached withDefault(n: number, by = 2): number {
          return n * by;
        }
        @cached generic<T>(value: T): T[] {
          return [value];
        }
        overloaded(n: number): number;
        overloaded(text: string): string;
        @cached overloaded(value: number | string): number | string {
          return value;
        }
      }
      class Sub extends Kinds {}

      test('static methods have separate entries in the classes that inherit them', () => {
        Kinds.made = 0;
        expect([Kinds.shared(1), Kinds.shared(1), Sub.shared(1)]).toEqual([
          'Kinds1',
          'Kinds1',
          'Sub1',
        ]);
        expect(Kinds.made).toBe(2);
      });

      test('methods with a symbol name, private, generic and overloaded methods are cached', () => {
        const kinds = new Kinds('k');
        expect(kinds[symbolic](1)).toBe('k1');
        expect([kinds.reveal(1), kinds.reveal(1)]).toEqual(['k1', 'k1']);
        expect(kinds.rest(1, 2)).toBe('k1+2');
        expect(kinds.rest(12)).toBe('k12');
        expect([kinds.withDefault(2), kinds.withDefault(2, 3)]).toEqual([4, 6]);
        expect(kinds.generic('a')).toBe(kinds.generic('a'));
        expect([kinds.overloaded(1), kinds.overloaded('1')]).toEqual([1, '1']);
      });

      test('a method keeps its name, its length and its property descriptor', () => {
        expect(Kinds.prototype.generic.name).toBe('generic');
        expect(Kinds.prototype.generic.length).toBe(1);
        expect(Object.keys(Kinds.prototype)).toEqual([]);
      });
    });

    describe('with objects and classes', () => {
      class Account {
        constructor(readonly owner: string) {}
        @cached() balance(day: number): string {
          return `${this.owner}:${day}`;
        }
      }

      test('in process each object has its own entries', () => {
        const [ann, bob] = [new Account('ann'), new Account('bob')];
        expect([ann.balance(1), bob.balance(1), ann.balance(1)]).toEqual([
          'ann:1',
          'bob:1',
          'ann:1',
        ]);
      });

      test('an override and its parent method do not share entries', () => {
        class Child extends Account {
          @cached() override balance(day: number): string {
            return `child of ${super.balance(day)}`;
          }
        }
        const child = new Child('ann');
        expect([child.balance(1), child.balance(1)]).toEqual(['child of ann:1', 'child of ann:1']);
      });

      test('on a shared backend keys contain the class, the inheriting class and the method', async () => {
        const backend = remoteBackend();
        const cache = createCache({ backend });
        class Repo {
          table = 'repo';
          @cache.cached() async find(id: number): Promise<string> {
            return `${this.table}${id}`;
          }
        }
        class Users extends Repo {
          override table = 'users';
        }
        class Orders extends Repo {
          override table = 'orders';
          @cache.cached() override async find(id: number): Promise<string> {
            return `o-${await super.find(id)}`;
          }
        }
        expect(await new Repo().find(1)).toBe('repo1');
        expect(await new Users().find(1)).toBe('users1');
        expect(await new Orders().find(1)).toBe('o-orders1');
        expect(await new Repo().find(1)).toBe('repo1');
        await cache.idle();
        expect(keysOf(backend).sort()).toEqual([
          'Orders.find(1)',
          'Repo.find(1)',
          'Repo.find:Orders(1)',
          'Repo.find:Users(1)',
        ]);
      });

      test('two classes of one name on one shared backend throw and ask for a name', async () => {
        const cache = createCache({ backend: remoteBackend() });
        const define = (name?: string) => {
          class Same {
            @cache.cached(name === undefined ? {} : { name }) async find(
              id: number,
            ): Promise<number> {
              return id;
            }
          }
          return new Same().find(1);
        };
        await define();
        await expect((async () => define())()).rejects.toThrow(OptionError);
        await expect((async () => define())()).rejects.toThrow(/Same\.find.*\{ name: '…' \}/);
        expect(await define('Other.find')).toBe(1);
      });
    });

    describe('with cacheOf', () => {
      class Users {
        computed = 0;
        @cached({ ttl: '1h' }) async find(id: number): Promise<string> {
          this.computed += 1;
          return `${id}/${this.computed}`;
        }
        @cached({ key: 'u:{0}' }) async byKey(id: number): Promise<string> {
          this.computed += 1;
          return `${id}/${this.computed}`;
        }
      }

      test('invalidates for one object or for all', async () => {
        const [one, two] = [new Users(), new Users()];
        await Promise.all([one.find(1), two.find(1)]);
        expect(await cacheOf(one.find, one).invalidate(1)).toBe(true);
        expect([await one.find(1), await two.find(1)]).toEqual(['1/2', '1/1']);
        expect(await cacheOf(one.find).invalidate(1)).toBe(true);
        expect([await one.find(1), await two.find(1)]).toEqual(['1/3', '1/2']);
      });

      test('invalidating for all objects fences the computations of each', async () => {
        const gate = deferred<string>();
        const { heard, onEvent } = transcript();
        class Slow {
          @cached({ onEvent }) wait(_: number): Promise<string> {
            return gate.promise;
          }
        }
        const slow = new Slow();
        const old = slow.wait(1);
        await cacheOf(slow.wait).invalidate(1);
        gate.resolve('old');
        expect(await old).toBe('old');
        expect(await cacheOf(slow.wait, slow).peek(1)).toBeUndefined();
        expect(heard).toEqual(['miss', 'invalidate', 'skip:fenced']);
      });

      test('peeks, primes, refreshes, returns keys and counts', async () => {
        const users = new Users();
        const controls = cacheOf(users.find, users);
        expect(await controls.peek(1)).toBeUndefined();
        expect(await controls.prime([1], Promise.resolve('primed'))).toBe(true);
        expect(await users.find(1)).toBe('primed');
        expect((await controls.peek(1))?.value).toBe('primed');
        expect(await controls.refresh(1)).toBe('1/1');
        expect(await users.find(1)).toBe('1/1');
        expect(controls.keyFor(1)).toMatch(/^Users\.find\(1\)#\d+$/);
        expect(controls.stats().hit).toBeGreaterThan(0);
        expect(await controls.original.call(users, 5)).toBe('5/2');
        expect(await controls.clear()).toBe(true);
        expect(await controls.peek(1)).toBeUndefined();
      });

      test('needs no object if keys do not depend on it', async () => {
        const users = new Users();
        await users.byKey(1);
        expect(cacheOf(users.byKey).keyFor(1)).toBe('u:1');
        expect((await cacheOf(users.byKey).peek(1))?.value).toBe('1/1');
      });

      test('throws without an object if keys depend on it', async () => {
        const users = new Users();
        await expect(cacheOf(users.find).peek(1)).rejects.toThrow(KeyError);
        await expect(cacheOf(users.find).peek(1)).rejects.toThrow('cacheOf(object.method, object)');
      });

      test('throws for a function that is not memoized', () => {
        expect(() => cacheOf(() => 1)).toThrow(OptionError);
        expect(() => cacheOf(() => 1)).toThrow(
          'cacheOf: the first argument must be a memoized function, but is a function that is not memoized',
        );
        expect(() => cacheOf(undefined as never)).toThrow('but is undefined');
      });
    });

    describe('with cacheOf by name', () => {
      class Base {
        computed = 0;
        readonly label = 'base';
        @cached() async find(id: number): Promise<string> {
          this.computed += 1;
          return `${id}/${this.computed}`;
        }
        forget(id: number): Promise<boolean> {
          return cacheOf(this, 'find').invalidate(id);
        }
        @cached static count(n: number): number {
          return n;
        }
      }
      class Child extends Base {
        @cached() override async find(id: number): Promise<string> {
          return `child ${await super.find(id)}`;
        }
      }
      class Heir extends Base {}

      test('finds the method, and is typed by it', async () => {
        const base = new Base();
        await base.find(1);
        const peeked: { value: string } | undefined = await cacheOf(base, 'find').peek(1);
        expect(peeked?.value).toBe('1/1');
        expect(await base.forget(1)).toBe(true);
        expect(await base.find(1)).toBe('1/2');
        // @ts-expect-error -- the argument is a number
        await cacheOf(base, 'find').invalidate('1');
        // @ts-expect-error -- not a method
        expect(() => cacheOf(base, 'label')).toThrow(OptionError);
        // @ts-expect-error -- no such method
        expect(() => cacheOf(base, 'none')).toThrow('cacheOf: none must be a method with @cached');
      });

      test('finds inherited, overriding and static methods', async () => {
        const [child, heir] = [new Child(), new Heir()];
        await Promise.all([child.find(1), heir.find(1)]);
        expect((await cacheOf(child, 'find').peek(1))?.value).toBe('child 1/1');
        expect((await cacheOf(heir, 'find').peek(1))?.value).toBe('1/1');
        Base.count(3);
        expect((await cacheOf(Base, 'count').peek(3))?.value).toBe(3);
      });

      test('finds a method that was replaced in the object or in the class', async () => {
        class Own extends Base {
          @cached() override async find(id: number): Promise<string> {
            return `own ${id}`;
          }
        }
        const own = new Own();
        own.find = own.find.bind(own);
        await own.find(1);
        expect((await cacheOf(own, 'find').peek(1))?.value).toBe('own 1');
        const method = Object.getOwnPropertyDescriptor(Own.prototype, 'find')?.value as Own['find'];
        Own.prototype.find = function (id) {
          return method.call(this, id);
        };
        const spied = new Own();
        await spied.find(2);
        expect((await cacheOf(spied, 'find').peek(2))?.value).toBe('own 2');
      });
    });

    test('the message about a wrong option starts with @cached', () => {
      const define = (): unknown => {
        class Repo {
          @cached({ tll: 5 } as never) find(): number {
            return 1;
          }
        }
        return Repo;
      };
      expect(define).toThrow('@cached: there is no option `tll`');
    });

    test('events and keys contain class and method', () => {
      const names = new Set<string>();
      class Repo {
        @cached({ onEvent: (event) => names.add(event.name) }) find(id: number): number {
          return id;
        }
      }
      const repo = new Repo();
      repo.find(1);
      expect([...names]).toEqual(['Repo.find']);
      expect(cacheOf(repo.find, repo).keyFor(1)).toMatch(/^Repo\.find\(1\)#\d+$/);
    });

    test('events contain class and method from the first call on, with a template too', async () => {
      const names: string[] = [];
      const onEvent = ({ name }: { name: string }): void => void names.push(name);
      class Repo {
        @cached({ onEvent, key: 'r:{0}' }) find(id: number): number {
          return id;
        }
        @cached({ onEvent, key: (id) => `s:${id}` }) static count(id: number): number {
          return id;
        }
      }
      class Users extends Repo {}
      Repo.count(1);
      new Users().find(1);
      new Repo().find(2);
      expect(new Set(names)).toEqual(new Set(['Repo.count', 'Repo.find']));
    });

    test('a class without a name, or with one that TypeScript generated, throws on a shared backend', async () => {
      const cache = createCache({ backend: remoteBackend() });
      const use = async (name: string): Promise<unknown> => {
        const Nameless = (() => {
          class Named {
            static {
              Object.defineProperty(this, 'name', { value: name });
            }
            @cache.cached() async find(id: number): Promise<number> {
              return id;
            }
            @cache.cached({ key: 'r:{0}' }) async byKey(id: number): Promise<number> {
              return id;
            }
          }
          return Named;
        })();
        expect(await new Nameless().byKey(1)).toBe(1);
        return new Nameless().find(1);
      };
      for (const name of ['', 'default', 'default_1']) {
        await expect(use(name)).rejects.toThrow('the class that declares find has none');
      }
    });

    test('on a shared backend controls need the object, unless the key does not depend on it', async () => {
      const cache = createCache({ backend: remoteBackend() });
      class Repo {
        @cache.cached() async find(id: number): Promise<number> {
          return id;
        }
        @cache.cached({ key: 'r:{0}' }) async byKey(id: number): Promise<number> {
          return id;
        }
      }
      const repo = new Repo();
      await expect(cacheOf(repo.find).invalidate(1)).rejects.toThrow(KeyError);
      expect(await cacheOf(repo.find, repo).invalidate(1)).toBe(true);
      expect(await cacheOf(repo.byKey).invalidate(1)).toBe(true);
    });

    test('subclasses share no entries under a given name', async () => {
      const cache = createCache({ backend: remoteBackend() });
      class Base {
        readonly table: string = 'base';
        @cache.cached({ name: 'find' }) async find(id: number): Promise<string> {
          return `${this.table}${id}`;
        }
      }
      class Users extends Base {
        override readonly table = 'users';
      }
      class Orders extends Base {
        override readonly table = 'orders';
      }
      const found = [];
      for (const each of [new Base(), new Users(), new Orders()]) found.push(await each.find(1));
      expect(found).toEqual(['base1', 'users1', 'orders1']);
      expect(cacheOf(new Users().find, new Users()).keyFor(1)).toBe('find:Users(1)');
    });

    test('subclasses with equal names, or without one, throw on a shared backend', async () => {
      const cache = createCache({ backend: remoteBackend() });
      class Base {
        readonly table: string = 'base';
        @cache.cached() async find(id: number): Promise<string> {
          return `${this.table}${id}`;
        }
      }
      const make = (table: string) => {
        class Repo extends Base {
          override readonly table = table;
        }
        return new Repo();
      };
      expect(await make('users').find(1)).toBe('users1');
      await expect(make('orders').find(1)).rejects.toThrow(
        'two classes called "Repo" inherit find',
      );
      const nameless = (() => class extends Base {})();
      await expect(new nameless().find(1)).rejects.toThrow(
        'the class that inherits Base.find has none',
      );
    });

    test('invalidating a static method without a class removes the entries of all classes', async () => {
      class A {
        static k = 1;
        @cached() static times(n: number): number {
          return n * this.k;
        }
      }
      class B extends A {
        static override k = 2;
      }
      expect([A.times(1), B.times(1)]).toEqual([1, 2]);
      B.k = 5;
      expect(await cacheOf(B.times).invalidate(1)).toBe(true);
      expect(B.times(1)).toBe(5);
      await expect(cacheOf(A.times).refresh(1)).rejects.toThrow(KeyError);
      expect(await cacheOf(A.times, A).refresh(1)).toBe(1);
    });

    test('a call made while the class is being defined can be invalidated', async () => {
      let computed = 0;
      class Early {
        @cached find(_: number): number {
          return (computed += 1);
        }
        @cached static find(_: number): number {
          return (computed += 1);
        }
      }
      for (const [find, on] of [
        [Early.prototype.find, new Early()],
        [Early.find, Early],
      ] as const) {
        const detached = (n: number): number => Reflect.apply(find, undefined, [n]) as number;
        const before = detached(1);
        on.find(2);
        expect(detached(1)).toBe(before);
        expect(await cacheOf(find).invalidate(1)).toBe(true);
        expect(detached(1)).toBeGreaterThan(before);
      }
    });

    test('a static member called name does not change keys', () => {
      class Odd {
        static name(): string {
          return 'odd';
        }
        @cached() find(n: number): number {
          return n;
        }
      }
      const odd = new Odd();
      odd.find(1);
      expect(cacheOf(odd.find, odd).keyFor(1)).toMatch(/^find\(1\)#\d+$/);
    });

    describe('used wrongly', () => {
      const untyped = cached as unknown as (options?: object) => (...args: unknown[]) => void;

      test('a getter, a field or a class throws, and the message asks for a method', () => {
        const message = (member: string): string =>
          `@cached can only decorate methods, but ${member}: make it a method`;
        expect(() => {
          class Getter {
            @untyped({}) get value(): number {
              return 1;
            }
          }
          return Getter;
        }).toThrow(message('value is a getter'));
        expect(() => {
          class Field {
            @untyped({}) value = 1;
          }
          return Field;
        }).toThrow(message('value is a field'));
        expect(() => {
          @untyped({})
          class Whole {}
          return Whole;
        }).toThrow(message('Whole is a class'));
      });

      test('a generator throws, and the message says why', () => {
        expect(() => {
          class Lazy {
            @untyped({}) *values(): Generator<number> {
              yield 1;
            }
          }
          return Lazy;
        }).toThrow(/generator function/);
      });

      test('options are checked when the class is defined', () => {
        expect(() => {
          class Wrong {
            @untyped({ ttl: -1 }) find(): number {
              return 1;
            }
          }
          return Wrong;
        }).toThrow(/^@cached: `ttl` must be a duration/);
      });
    });

    test('parameters with a default have the types of these in callbacks', async () => {
      const far = createCache({ backend: remoteBackend() });
      class Users {
        tenant = 't';
        @cached({
          shouldCache: (value, a, b) => value > a.length + (b ?? 0),
          key(a, b) {
            return [this.tenant, a.trim(), b?.toFixed()];
          },
        })
        add(a: string, b = 1) {
          return a.length + b;
        }
        @far.cached({ ttl: (value, id) => (value.deep ? id.length : '5m') })
        async find(id: string, { deep = false } = {}) {
          return { id, deep };
        }
      }
      const users = new Users();
      expect([users.add('ab'), await users.find('a')]).toEqual([3, { id: 'a', deep: false }]);
    });

    test('the types of the key callback and of `this` come from the method', () => {
      class Typed {
        tenant = 't';
        @cached({
          key(id, options) {
            return [this.tenant, id.toUpperCase(), options?.deep];
          },
          ttl: (value) => value.length * 1000,
          shouldCache: (value, id) => value !== id,
        })
        find(id: string, options?: { deep: boolean }): string {
          return `${id}${options?.deep ?? ''}`;
        }
      }
      expect(new Typed().find('a')).toBe('a');
    });
  });
}
