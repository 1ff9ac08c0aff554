import { cached, createCache, memoize, OptionError } from '../../src/index.js';
import { remoteBackend } from '../support/remote-backend.js';

let warned: string[];
beforeEach(() => {
  warned = [];
  jest.spyOn(process, 'emitWarning').mockImplementation((...args: unknown[]) => {
    const [message, { code }] = args as [string, { code: string }];
    warned.push(`${code} ${message}`);
  });
});

const { NODE_ENV } = process.env;
afterEach(() => {
  process.env.NODE_ENV = NODE_ENV;
});

let last = 0;
const fresh = (): string => `named${(last += 1)}`;

/** Makes functions of one source, as a module does that is evaluated again and again. */
const evaluated =
  (result: string) =>
  async (n: number): Promise<string> =>
    `${result}${n}`;

describe('a name that was written out, on one shared backend', () => {
  test('may come again with the same source, and a warning says so once', async () => {
    const { memoize: on } = createCache({ backend: remoteBackend() });
    const name = fresh();
    const [first, second] = [on(evaluated('a'), { name }), on(evaluated('a'), { name })];
    expect(await first(1)).toBe('a1');
    expect(await second(1)).toBe('a1');
    expect(second.stats()).toMatchObject({ hit: 1, miss: 0 });
    expect(await second(2)).toBe('a2');
    on(evaluated('a'), { name });
    expect(warned).toEqual([
      `MEMOASIDE_NAME "${name}" names two functions on one remote backend, of the same source: they share ` +
        'their entries. Was a module evaluated twice?',
    ]);
  });

  test('may come again in a class that is evaluated again', async () => {
    const backend = remoteBackend();
    const name = fresh();
    const evaluate = () => {
      class Users {
        @cached({ backend, name })
        async find(id: number): Promise<number> {
          return id;
        }
      }
      return new Users();
    };
    expect(await Promise.all([evaluate().find(1), evaluate().find(1)])).toEqual([1, 1]);
    expect(warned).toHaveLength(1);
  });

  test('warns of nothing with `warnings: false`', () => {
    const { memoize: on } = createCache({ backend: remoteBackend(), warnings: false });
    const name = fresh();
    on(evaluated('a'), { name });
    on(evaluated('a'), { name });
    expect(warned).toEqual([]);
  });

  test.each(['production', 'test', undefined])(
    'is an OptionError with another source where NODE_ENV is %s',
    (environment) => {
      process.env.NODE_ENV = environment;
      if (environment === undefined) delete process.env.NODE_ENV;
      const { memoize: on } = createCache({ backend: remoteBackend() });
      const name = fresh();
      on(async () => 1, { name });
      expect(() => on(async () => 2, { name })).toThrow(OptionError);
      expect(warned).toEqual([]);
    },
  );

  test('is taken over by another source in development, and a warning says so once', async () => {
    process.env.NODE_ENV = 'development';
    const { memoize: on } = createCache({ backend: remoteBackend() });
    const name = fresh();
    on(async (n: number) => n, { name });
    const later = on(async (n: number) => 2 * n, { name });
    expect(await later(4)).toBe(8);
    on(async (n: number) => 3 * n, { name });
    expect(warned).toHaveLength(1);
    expect(warned[0]).toContain('of different source: the later one takes the name over');
    // The name is the later one's now.
    process.env.NODE_ENV = 'production';
    expect(() => on(async (n: number) => 3 * n, { name })).not.toThrow();
    expect(() => on(async (n: number) => n, { name })).toThrow(OptionError);
  });

  test('is an OptionError for functions whose source cannot be read', () => {
    const { memoize: on } = createCache({ backend: remoteBackend() });
    const name = fresh();
    on(evaluated('a').bind(null), { name });
    expect(() => on(evaluated('b').bind(null), { name })).toThrow(OptionError);
  });

  test('is another one with another version', () => {
    const { memoize: on } = createCache({ backend: remoteBackend() });
    const name = fresh();
    on(async () => 1, { name, version: 1 });
    on(async () => 2, { name, version: 2 });
    expect(warned).toEqual([]);
  });
});

describe('a name that was not written out', () => {
  test.each(['production', 'development'])(
    'is an OptionError where NODE_ENV is %s',
    (environment) => {
      process.env.NODE_ENV = environment;
      const backend = remoteBackend();
      const define = () =>
        memoize(
          async function load(n: number) {
            return n;
          },
          { backend },
        );
      define();
      expect(define).toThrow(OptionError);
      expect(() => memoize(async (n: number) => n, { backend, name: 'load' })).toThrow(OptionError);
      expect(warned).toEqual([]);
    },
  );

  test('is one if it was written out before', () => {
    const backend = remoteBackend();
    memoize(async (n: number) => n, { backend, name: 'read' });
    const define = () =>
      memoize(
        async function read(n: number) {
          return n;
        },
        { backend },
      );
    expect(define).toThrow(OptionError);
  });
});
