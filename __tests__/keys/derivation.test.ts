import { KeyError, OptionError } from '../../src/errors.js';
import { keyDerivation, type KeyOptions } from '../../src/keys/derivation.js';

const derive = (options: Partial<KeyOptions> = {}) =>
  keyDerivation({ name: () => 'sq', parameters: 1, perInstance: false, ...options });
const keyOf = (options: Partial<KeyOptions>, ...args: unknown[]): string =>
  derive(options).key(undefined, args);

function caught(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('did not throw');
}

describe('a derived key', () => {
  test('is the name and the arguments, with the version between them if there is one', () => {
    expect(keyOf({}, 5)).toBe('sq(5)');
    expect(keyOf({}, 'a', { b: 1 })).toBe("sq('a',{b:1})");
    expect(keyOf({ version: 2 }, 5)).toBe('sq@2(5)');
    expect(keyOf({ version: 'v1.0-rc' }, 5)).toBe('sq@v1.0-rc(5)');
  });

  test.each([
    'Repo.find',
    'user:find',
    'a/b-c_d',
    'ns::f',
    '$f',
    'f~1',
    'get user'.replace(' ', '+'),
  ])('keeps the name %s readable', (name) => {
    expect(keyOf({ name: () => name }, 1)).toBe(`${name}(1)`);
  });

  test('escapes characters with which a name or version could imitate the rest of the key', () => {
    expect(keyOf({ name: () => 'f(1)#2@3%28 é\n\ud800' })).toBe(
      'f%281)%232%403%2528%20%C3%A9%0A%uD800()',
    );
    expect(keyOf({ version: '1(#@ %é' })).toBe('sq@1%28%23%40%20%25%C3%A9()');
    const texts = [
      keyOf({ name: () => 'f', version: '1' }, 1),
      keyOf({ name: () => 'f@1' }, 1),
      keyOf({ name: () => 'f%401' }, 1),
      keyOf({ name: () => 'f', version: '1(1)' }),
      keyOf({ name: () => 'f(1)' }),
      keyOf({ name: () => "a')('b" }, 'c'),
      keyOf({ name: () => 'a' }, ")('b", 'c'),
    ];
    expect(new Set(texts).size).toBe(texts.length);
  });

  test('reads the name at each call, with the object, and uses a changed one', () => {
    const name = jest.fn((self: unknown) => (self as { name: string }).name);
    const { key } = derive({ name });
    expect(name).not.toHaveBeenCalled();
    expect(['A', 'A', 'B é', 'A'].map((own) => key({ name: own }, [1]))).toEqual([
      'A(1)',
      'A(1)',
      'B%20%C3%A9(1)',
      'A(1)',
    ]);
  });

  test('throws the error of the name function', () => {
    const error = new OptionError('no name');
    const { key } = derive({
      name: () => {
        throw error;
      },
    });
    expect(caught(() => key(undefined, [1]))).toBe(error);
  });

  test('throws a KeyError for arguments without identity', () => {
    expect(() => keyOf({}, 1, () => 1)).toThrow(KeyError);
  });
});

describe('keys of separate instances', () => {
  const { key, allInstances } = derive({ perInstance: true, version: 1 });

  test('end with the number of the instance', () => {
    const [a, b] = [{}, () => 1];
    const [first, second] = [key(a, [1]), key(b, [1])];
    expect(first).toMatch(/^sq@1\(1\)#\d+$/);
    expect(second).toMatch(/^sq@1\(1\)#\d+$/);
    expect(first).not.toBe(second);
    expect(key(a, [1])).toBe(first);
    expect(key(a, [2])).toBe(first.replace('(1)', '(2)'));
  });

  test('have no number without `this` or on the global object, and the encoding of a primitive `this`', () => {
    for (const self of [undefined, null, globalThis]) expect(key(self, [1])).toBe('sq@1(1)');
    expect([key(1, [1]), key('1', [1])]).toEqual(['sq@1(1)#(1)', "sq@1(1)#('1')"]);
  });

  test('start with allInstances if and only if the arguments are equal', () => {
    expect(allInstances?.([1])).toBe('sq@1(1)#');
    expect(key({}, [1]).startsWith('sq@1(1)#')).toBe(true);
    expect(key({}, ['1)#']).startsWith('sq@1(1)#')).toBe(false);
  });

  test('without separate instances there is no allInstances, and the object is not part of the key', () => {
    expect(derive().allInstances).toBeUndefined();
    expect(derive().key({}, [1])).toBe('sq(1)');
    expect(derive({ key: '{0}', perInstance: true }).allInstances).toBeUndefined();
    expect(derive({ key: () => 1, perInstance: true }).allInstances).toBeUndefined();
  });
});

describe('a template', () => {
  test('is the whole key', () => {
    expect(keyOf({ key: 'square:{0}', perInstance: true }, 5)).toBe('square:5');
    expect(derive({ key: '{this.id}:{0}' }).key({ id: 'x' }, [1])).toBe('x:1');
  });

  test('is checked at definition', () => {
    expect(() => derive({ key: 'square' })).toThrow(OptionError);
    expect(derive({ key: 'square', parameters: 0 }).key(undefined, [])).toBe('square');
  });
});

describe('a key function', () => {
  test('is called with this and the arguments', () => {
    const key = jest.fn(function (this: unknown, ..._: unknown[]) {
      return this as string;
    });
    const self = { a: 1 };
    expect(derive({ key }).key(self, [1, 2])).toBe('sq({a:1})');
    expect(key).toHaveBeenCalledWith(1, 2);
  });

  test('returns the key as a string, or any other value, which is encoded', () => {
    expect(keyOf({ key: (id: string) => id }, 'exact é \n(')).toBe('exact é \n(');
    expect(keyOf({ key: () => '' })).toBe('');
    expect(keyOf({ key: (a: number, b: number) => [b, a] }, 1, 2)).toBe('sq([2,1])');
    expect(keyOf({ key: () => null })).toBe('sq(null)');
    expect(keyOf({ key: () => 0, perInstance: true })).toBe('sq(0)');
  });

  test('cannot modify the arguments of the call', () => {
    const args = [1, 2];
    const key = (...given: number[]): number => given.splice(0).length;
    expect(derive({ key }).key(undefined, args)).toBe('sq(2)');
    expect(args).toEqual([1, 2]);
  });

  test('can return options with a signal', () => {
    const options = { page: 1, signal: AbortSignal.abort() };
    expect(keyOf({ key: (given: object) => given }, options)).toBe('sq({page:1})');
  });

  test.each<[result: unknown, message: string]>([
    [
      undefined,
      '`key` must return a string or plain data, but returned undefined. Is a `return` missing?',
    ],
    [Promise.resolve('a'), '`key` must return a string or plain data, but returned a promise'],
    [{ then() {} }, '`key` must return a string or plain data, but returned a promise'],
    [
      { a: [() => 1] },
      'the result of `key`, .a[0] is a function, and a key cannot tell functions apart. Pass plain ' +
        'data, or write a `key`.',
    ],
    [
      AbortSignal.abort(),
      'the result of `key` is an AbortSignal, and a key cannot tell signals apart. Pass it as an ' +
        'argument, or as a property of one.',
    ],
  ])('that returns %p throws a KeyError', (result, message) => {
    expect(() => keyOf({ key: () => result })).toThrow(new KeyError(message));
    expect(() => keyOf({ key: () => result })).toThrow(KeyError);
  });

  test.each<[thrown: unknown, message: string]>([
    [new TypeError('boom'), '`key` threw: boom'],
    [undefined, '`key` threw'],
    ['text', '`key` threw'],
    [new KeyError('of another'), '`key` threw: of another'],
  ])('that throws %p causes a KeyError with that cause', (thrown, message) => {
    const key = (): never => {
      throw thrown;
    };
    const error = caught(() => keyOf({ key })) as KeyError;
    expect(error).toBeInstanceOf(KeyError);
    expect(error.message).toBe(message);
    expect(error.cause).toBe(thrown);
  });
});

describe('an invalid key option throws at definition', () => {
  const mustBeKey = "`key` must be a template such as 'user:{0}' or a function of the arguments";
  const mustBeVersion = '`version` must be a finite number or a non-empty string';
  const derivedOnly =
    '`version` is part of derived keys only, and has no effect beside `key`. Put it into the template, ' +
    "as in 'user:v2:{0}', or into the result of the key function.";

  test.each<[options: Record<string, unknown>, message: string]>([
    [{ key: 5 }, `${mustBeKey}, but is 5`],
    [{ key: null }, `${mustBeKey}, but is null`],
    [{ key: {} }, `${mustBeKey}, but is a plain object`],
    [{ key: ['{0}'] }, `${mustBeKey}, but is an array`],
    [{ key: true }, `${mustBeKey}, but is true`],
    [{ version: NaN }, `${mustBeVersion}, but is NaN`],
    [{ version: Infinity }, `${mustBeVersion}, but is Infinity`],
    [{ version: '' }, `${mustBeVersion}, but is ""`],
    [{ version: null }, `${mustBeVersion}, but is null`],
    [{ version: {} }, `${mustBeVersion}, but is a plain object`],
    [{ version: 1n }, `${mustBeVersion}, but is 1n`],
    [{ version: 2, key: '{0}' }, derivedOnly],
    [{ version: 'b', key: () => 1 }, derivedOnly],
  ])('%p', (options, message) => {
    const define = (): unknown => derive(options as Partial<KeyOptions>);
    expect(define).toThrow(OptionError);
    expect(define).toThrow(new OptionError(message));
  });

  test('an undefined option counts as missing', () => {
    expect(keyOf({ key: undefined, version: undefined }, 1)).toBe('sq(1)');
  });
});
