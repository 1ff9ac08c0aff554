import fc from 'fast-check';
import { KeyError, OptionError } from '../../src/errors.js';
import { compileTemplate } from '../../src/keys/template.js';

const fill = (template: string, ...args: unknown[]): string =>
  compileTemplate(template, args.length)({ tenant: 'acme', a: { b: 7 } }, args);

describe('a template', () => {
  test.each<[template: string, args: unknown[], key: string]>([
    ['sq:{0}', [5], 'sq:5'],
    ['sq:{0}', ['5'], 'sq:5'],
    ['sq:{0}', [-5], 'sq:-5'],
    ['sq:{0}', [1e21], 'sq:1e+21'],
    ['sq:{0}', [0], 'sq:0'],
    ['sq:{0}', [-0], 'sq:-0'],
    ['sq:{0}', [NaN], 'sq:NaN'],
    ['sq:{0}', [12345678901234567890n], 'sq:12345678901234567890'],
    ['sq:{0}', [true], 'sq:true'],
    ['sq:{0}', [''], 'sq:'],
    ['user:{0}:{1.id}', ['a', { id: 'b' }], 'user:a:b'],
    ['{0.user.name}', [{ user: { name: 'Ann' } }], 'Ann'],
    ['{0.0}-{0.length}', [['x', 'y']], 'x-2'],
    ['{0.first-name}', [{ 'first-name': 'Ann' }], 'Ann'],
    ['{1}:{0}:{1}', ['a', 'b'], 'b:a:b'],
    ['{this.tenant}:{0}', [1], 'acme:1'],
    ['{this.a.b}:{0}', [1], '7:1'],
    ['{{{0}}}', [1], '{1}'],
    ['{{0}}{0}', [1], '{0}1'],
    ['{0}{{', [1], '1{'],
    ['config', [], 'config'],
    ['{0}, {1}', [1, 2], '1, 2'],
    ['{0}é:{1}', ['é', 'ü'], 'éé:ü'],
  ])('%p with %p is %p', (template, args, key) => {
    expect(fill(template, ...args)).toBe(key);
  });

  test.each<[template: string, args: unknown[], key: string]>([
    ['u:{0}', ['a:b'], 'u:a%3Ab'],
    ['u:{0}', ['a-b.c/d'], 'u:a-b.c/d'],
    ['u-{0}', [-5], 'u-%2D5'],
    ['u.{0}', [1.5], 'u.1%2E5'],
    ['u:{0}', ['100% of it\n\x7f'], 'u:100%25%20of%20it%0A%7F'],
    ['u:{0}', ['\ud800 \ud83d\ude00'], 'u:%uD800%20\ud83d\ude00'],
    ['u:{0}', ['é\x80\xa0'], 'u:é\x80\xa0'],
    ['^\\]-[{{}}{0}', ['^\\]-[{}'], '^\\]-[{}%5E%5C%5D%2D%5B%7B%7D'],
    [
      '!"#$&\'()*+,/;<=>?@_`|~{0}',
      ['!"#$&\'()*+,/;<=>?@_`|~.ab'],
      '!"#$&\'()*+,/;<=>?@_`|~' +
        '%21%22%23%24%26%27%28%29%2A%2B%2C%2F%3B%3C%3D%3E%3F%40%5F%60%7C%7E.ab',
    ],
  ])('%p escapes characters of its own literal parts in %p', (template, args, key) => {
    expect(fill(template, ...args)).toBe(key);
  });

  const separator = fc
    .array(fc.constantFrom(':', '-', '%', 'a', '0', '/', '{{', '}}', 'é', '.', '\\', '^', ']'), {
      maxLength: 3,
    })
    .map((texts) => texts.join(''));
  const between = fc
    .tuple(separator, fc.constantFrom(':', '-', '/', '{{', '.', ']', '^', '\\'), separator)
    .map((texts) => texts.join(''));
  const text = fc.oneof(
    fc
      .array(
        fc.constantFrom(':', '-', '%', '%3A', 'a', '0', '/', '{', '}', 'é', '.', ' ', '\ud800'),
        {
          maxLength: 4,
        },
      )
      .map((texts) => texts.join('')),
    fc.string({ unit: 'binary', maxLength: 3 }),
  );

  test('maps different lists of strings to different keys', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(text, text, between), { minLength: 1, maxLength: 3 }),
        separator,
        separator,
        fc.boolean(),
        (places, opening, closing, shifted) => {
          const last = places.length - 1;
          const template =
            opening +
            places
              .map(([, , literal], index) => `{${index}}${index < last ? literal : ''}`)
              .join('') +
            closing;
          const compiled = compileTemplate(template, places.length);
          const left = places.map(([one]) => one);
          const right = places.map(([one, other]) => (shifted ? one + other : other));
          const same = left.every((one, index) => one === right[index]);
          expect(compiled(undefined, left) === compiled(undefined, right)).toBe(same);
        },
      ),
      { numRuns: 5_000 },
    );
  });

  test('is reversible: every list of strings can be read back from its key', () => {
    const decode = (placed: string): string =>
      placed
        .replace(/(?:%[0-9A-F]{2})+/g, (run) => decodeURIComponent(run))
        .replace(/%u([0-9A-F]{4})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
    const plain = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('%'));
    fc.assert(
      fc.property(plain, plain, (one, other) => {
        const [, first, second] = /^u:(.*)\/(.*)$/s.exec(fill('u:{0}/{1}', one, other)) ?? [];
        expect([decode(first!), decode(second!)]).toEqual([one, other]);
      }),
    );
  });
});

describe('an invalid template throws at definition', () => {
  const ADVICE = 'Write the position of an argument, as in {0} or {1.id}, or {this.id}.';
  const named = (name: string): string => `has ${name}, but fields are positions. ${ADVICE}`;
  const none = (text: string): string => `has ${text}, which is not a field. ${ADVICE}`;
  const ambiguous = (text: string, better: string): string =>
    `is ambiguous at ${text}. Write a character between the fields that is not a letter, a digit, % or a ` +
    `space, such as ${better}.`;

  test.each<[template: string, problem: string]>([
    ['', "is empty. Write a string with fields, such as 'user:{0}'."],
    ['a{0', 'has a { at position 1 without a counterpart. Write {{ for the character itself.'],
    ['a}', 'has a } at position 1 without a counterpart. Write }} for the character itself.'],
    ['{0}}', 'has a } at position 3 without a counterpart. Write }} for the character itself.'],
    ['{{0}', 'has a } at position 3 without a counterpart. Write }} for the character itself.'],
    ['{a{0}', 'has a { at position 0 without a counterpart. Write {{ for the character itself.'],
    ['{}', none('{}')],
    ['{id}', named('{id}')],
    ['{user.id}', named('{user.id}')],
    ['{_}', named('{_}')],
    ['{-1}', none('{-1}')],
    ['{01}', none('{01}')],
    ['{ 0 }', none('{ 0 }')],
    ['{1.5.}', none('{1.5.}')],
    ['{0..a}', none('{0..a}')],
    ['{.a}', none('{.a}')],
    ['{0[1]}', none('{0[1]}')],
    ['{0.a b}', none('{0.a b}')],
    ['{this.}', none('{this.}')],
    ['{this}', 'has {this}, an object. Write a property of it, as in {this.id}.'],
    ['{0}{1}', ambiguous('{0}{1}', '{0}:{1}')],
    ['{0}ab1%{1.id}', ambiguous('{0}ab1%{1.id}', '{0}:{1.id}')],
    ['{0} {1}', ambiguous('{0} {1}', '{0}:{1}')],
    ['{0}é\t{1}', ambiguous('{0}é\t{1}', '{0}:{1}')],
    ['{0}:{1}{this.a}', ambiguous('{1}{this.a}', '{1}:{this.a}')],
  ])('%p', (template, problem) => {
    const compile = (): unknown => compileTemplate(template, 2);
    expect(compile).toThrow(OptionError);
    expect(compile).toThrow(
      new OptionError(`\`key\`: the template ${JSON.stringify(template)} ${problem}`),
    );
  });

  test('a template without fields, for a function with parameters', () => {
    expect(() => compileTemplate('users', 1)).toThrow(
      new OptionError(
        '`key`: the template "users" has no field, so that all calls would share one entry. Write a field ' +
          'such as {0} for each argument that counts, or key: () => "users" if that is meant.',
      ),
    );
  });
});

describe('a call that does not fit its template throws a KeyError', () => {
  const only = 'of a template takes strings, numbers, bigints and booleans only.';
  const unseen = ' A default value is not seen here; a key function can apply it.';

  test.each<[template: string, args: unknown[], message: string]>([
    ['{0}', [undefined], `argument 1 is undefined, and the field {0} ${only}${unseen}`],
    ['{0}', [null], `argument 1 is null, and the field {0} ${only}`],
    ['{0}', [{}], `argument 1 is a plain object, and the field {0} ${only}`],
    ['{0}', [[1]], `argument 1 is an array, and the field {0} ${only}`],
    ['{0}', [new Date(0)], `argument 1 is a Date, and the field {0} ${only}`],
    ['{0}', [Symbol('a')], `argument 1 is a symbol, and the field {0} ${only}`],
    ['{0}', [() => 1], `argument 1 is a function, and the field {0} ${only}`],
    ['{0}', [Object('a')], `argument 1 is a boxed string, and the field {0} ${only}`],
    ['{0}:{1.id}', [1, {}], `argument 2, .id is undefined, and the field {1.id} ${only}${unseen}`],
    ['{0}:{1}', [1], `argument 2 is undefined, and the field {1} ${only}${unseen}`],
    ['{0.id}', [], 'argument 1 is undefined, and the field {0.id} needs its property id'],
    [
      '{0.a.b}',
      [{ a: null }],
      'argument 1, .a is null, and the field {0.a.b} needs its property b',
    ],
    ['{this.a.c}', [], `this, .a.c is undefined, and the field {this.a.c} ${only}`],
  ])('%p', (template, args, message) => {
    const call = (): unknown => fill(template, ...args);
    expect(call).toThrow(KeyError);
    expect(call).toThrow(new KeyError(message));
  });

  test('a call without an object, if the template needs one', () => {
    expect(() => compileTemplate('{this.id}', 0)(undefined, [])).toThrow(
      new KeyError('this is undefined, and the field {this.id} needs its property id'),
    );
  });

  test('a getter that throws, with the cause', () => {
    const boom = new Error('boom');
    const argument = {
      get id(): never {
        throw boom;
      },
    };
    let caught: unknown;
    try {
      fill('{0.id}', argument);
    } catch (error) {
      caught = error;
    }
    expect(caught).toEqual(new KeyError('argument 1, .id threw when it was read: boom'));
    expect((caught as KeyError).cause).toBe(boom);
  });
});
