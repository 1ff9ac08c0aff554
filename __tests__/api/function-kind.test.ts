import { usesThis, type AnyFunction } from '../../src/api/function-kind.js';

/** A function whose source is this text, as another engine or a compiler would have it. */
function withSource(source: string): AnyFunction {
  const fn = function (this: unknown) {
    return this;
  };
  jest.spyOn(Function.prototype, 'toString').mockReturnValue(source);
  return fn;
}

test.each<[string, AnyFunction]>([
  ['an arrow function', () => 1],
  ['an async arrow function', async (n: number) => n],
  [
    'a bound function',
    function (this: unknown) {
      return this;
    }.bind(1),
  ],
  [
    'a function without this',
    function add(a: number, b: number) {
      return a + b;
    },
  ],
])('%s has one set of entries', (_, fn) => {
  expect(usesThis(fn)).toBe(false);
});

test.each<[string, AnyFunction]>([
  [
    'a function that returns this',
    function (this: unknown) {
      return this;
    },
  ],
  ['a native function', Map.prototype.get as AnyFunction],
  [
    'a proxied function',
    new Proxy(function () {
      return 1;
    }, {}),
  ],
  ['a mock', jest.fn()],
])('%s has entries for each object', (_, fn) => {
  expect(usesThis(fn)).toBe(true);
});

test.each([
  [
    'an async function that TypeScript has compiled',
    'function f(x) {\n return __awaiter(this, void 0, () => x);\n}',
    false,
  ],
  [
    'a function whose helper only ends with that name',
    'function f(x) { return my__awaiter(this, x) }',
    true,
  ],
  ['native code as JavaScriptCore prints it', 'function get() {\n    [native code]\n}', true],
  ['a function of Hermes', 'function get(a0) { [bytecode] }', true],
  ['a function without its source', '\u200b'.repeat(20), true],
  ['a hidden eval', 'function f() { return ev\\u0061l("th" + "is") }', true],
  ['a method with super', 'find() { return super.find() }', true],
])('of %s', (_, source, expected) => {
  expect(usesThis(withSource(source))).toBe(expected);
});
