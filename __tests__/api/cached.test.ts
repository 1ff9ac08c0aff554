import 'reflect-metadata';
import { cached, createCache, memoize, OptionError } from '../../src/index.js';
import { decoratorSuite } from '../shared/decorators.js';
import { remoteBackend } from '../support/remote-backend.js';
import { runScript } from '../support/script.js';

decoratorSuite('legacy');

describe('@cached with legacy decorators only', () => {
  test('a synchronous method on an asynchronous backend throws at definition', () => {
    const untyped = createCache({ backend: remoteBackend() }).cached as unknown as (
      options?: object,
    ) => (...args: unknown[]) => void;
    expect(() => {
      class Wrong {
        @untyped({}) find(id: number): number {
          return id;
        }
      }
      return Wrong;
    }).toThrow(OptionError);
    expect(() => {
      class Wrong {
        @untyped({}) find(id: number): number {
          return id;
        }
      }
      return Wrong;
    }).toThrow(
      'find must return a promise on the asynchronous remote backend, but returns a Number',
    );
    class Right {
      @untyped({}) async find(id: number): Promise<number> {
        return id;
      }
    }
    expect(Right).toBeDefined();
  });

  test('a preset for an asynchronous backend fits methods that return promises', () => {
    const cache = createCache({ backend: remoteBackend() });
    const Short = () => cache.cached({ ttl: '30s', name: 'short' });
    class Users {
      @Short() async find(id: string, deep = false): Promise<{ id: string; deep: boolean }> {
        return { id, deep };
      }
    }
    expect(new Users().find('a')).toBeInstanceOf(Promise);
  });

  test('applyDecorators of NestJS, which ignores what decorators return, caches the method', async () => {
    // The parameter of the one of NestJS 11, and what it does on methods.
    type Any = ClassDecorator | MethodDecorator | PropertyDecorator;
    const applyDecorators =
      (...decorators: Any[]) =>
      <T>(target: object, key?: string | symbol, descriptor?: TypedPropertyDescriptor<T>): void => {
        for (const decorator of decorators) {
          (decorator as (...args: unknown[]) => void)(target, key, descriptor);
        }
      };
    const cache = createCache({ backend: remoteBackend() });
    const Short = () => cache.cached({ ttl: '30s' });
    class Users {
      static counted = 0;
      computed = 0;
      @applyDecorators(cached({ ttl: '1m' })) find(_: number): number {
        return (this.computed += 1);
      }
      @applyDecorators(cached(), () => undefined) two(_: number): number {
        return (this.computed += 1);
      }
      @applyDecorators(cache.cached({ key: 'three:{0}' })) async three(_: number): Promise<number> {
        return (this.computed += 1);
      }
      @applyDecorators(Short()) async four(_: number): Promise<number> {
        return (this.computed += 1);
      }
      @applyDecorators(cached) static count(_: number): number {
        return (this.counted += 1);
      }
    }
    const users = new Users();
    expect([users.find(1), users.find(1), users.two(1), users.two(1)]).toEqual([1, 1, 2, 2]);
    expect([await users.three(1), await users.three(1)]).toEqual([3, 3]);
    expect([await users.four(1), await users.four(1)]).toEqual([4, 4]);
    expect([Users.count(1), Users.count(1)]).toEqual([1, 1]);
  });

  test('messages about a class or a parameter say what was decorated', () => {
    const bare = cached as unknown as (...args: unknown[]) => void;
    expect(() => {
      @bare
      class Whole {}
      return Whole;
    }).toThrow('but Whole is a class');
    expect(() => {
      class Users {
        find(@bare id: number): number {
          return id;
        }
      }
      return Users;
    }).toThrow('but argument 0 of find is a parameter');
    expect(() => {
      class Users {
        constructor(@bare readonly id: number) {}
      }
      return Users;
    }).toThrow('but argument 0 of the constructor is a parameter');
  });

  test('the message about a generator without a name has a subject', () => {
    const generators = [function* () {}];
    expect(() => memoize(generators[0]!)).toThrow(
      'memoize: the first argument is a generator function',
    );
  });

  test('metadata of other decorators is copied to the wrapper, in either order', () => {
    const role =
      (name: string) => (_target: object, _key: string, descriptor: PropertyDescriptor) => {
        Reflect.defineMetadata('role', name, descriptor.value as object);
      };
    class Guarded {
      @cached() @role('inner') inside(n: number): number {
        return n;
      }
      @role('outer') @cached() outside(n: number): number {
        return n;
      }
    }
    expect(Reflect.getOwnMetadata('role', Guarded.prototype.inside)).toBe('inner');
    expect(Reflect.getOwnMetadata('role', Guarded.prototype.outside)).toBe('outer');
  });
});

test('an object can be collected although it has entries', async () => {
  const { stdout } = await runScript(`
    import { setFlagsFromString } from 'node:v8';
    import { runInNewContext } from 'node:vm';
    import { cached } from './src/index.ts';
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc');
    class Big { size(n) { return n; } }
    const method = Object.getOwnPropertyDescriptor(Big.prototype, 'size');
    Object.defineProperty(Big.prototype, 'size', cached()(Big.prototype, 'size', method));
    const registry = new FinalizationRegistry(() => { clearInterval(timer); console.log('gone'); });
    (() => { const big = new Big(); big.size(1); registry.register(big, 0); })();
    let polls = 0;
    const timer = setInterval(() => { collect(); if ((polls += 1) > 200) clearInterval(timer); }, 5);
  `);
  expect(stdout).toBe('gone\n');
});
