import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';

const ROOT = resolve(__dirname, '../..');
const PROGRAM = join(ROOT, '__tests__/presets');
const PACKAGE = `${PROGRAM}/node_modules/memoaside/`;
const MAIN = `${PROGRAM}/main.ts`;
const MANIFEST = JSON.stringify({
  name: 'memoaside',
  type: 'module',
  exports: { '.': './src/index.ts', './memcached': './src/memcached.ts' },
});

const parsed = new Map<string, ts.SourceFile>();

/** Compiles a program that has the sources as a package, and returns its declarations and errors. */
function compile(code: string, experimentalDecorators: boolean): [string, string[]] {
  const settings: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts', 'lib.esnext.decorators.d.ts'],
    types: ['node'],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    declaration: true,
    emitDeclarationOnly: true,
    experimentalDecorators,
  };
  const host = ts.createCompilerHost(settings);
  const real = (file: string): string =>
    file.startsWith(PACKAGE) ? join(ROOT, file.slice(PACKAGE.length)) : file;
  const read = (file: string): string | undefined => {
    if (file === MAIN) return code;
    return file === `${PACKAGE}package.json` ? MANIFEST : ts.sys.readFile(real(file));
  };
  host.fileExists = (file) => file === MAIN || existsSync(real(file));
  host.directoryExists = (folder) =>
    PACKAGE.startsWith(`${folder.replace(/\/$/, '')}/`) || existsSync(real(folder));
  host.readFile = read;
  host.realpath = (file) => file;
  host.getSourceFile = (file, version) => {
    const text = read(file);
    if (text === undefined || file === MAIN) return ts.createSourceFile(file, text ?? '', version);
    if (!parsed.has(file)) parsed.set(file, ts.createSourceFile(file, text, version));
    return parsed.get(file);
  };
  let declarations = '';
  const program = ts.createProgram([MAIN], settings, host);
  const source = program.getSourceFile(MAIN);
  const { diagnostics } = program.emit(source, (_, text) => (declarations = text));
  const all = [...program.getSemanticDiagnostics(source), ...diagnostics];
  return [
    declarations,
    all.map(
      ({ code, messageText }) => `TS${code}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    ),
  ];
}

const PRESETS = `
import { cached, createCache, tiered, lru, type MethodDecoratorFor } from 'memoaside';
import { memcached } from 'memoaside/memcached';

const cache = createCache({ backend: memcached('127.0.0.1:1') });
const tier = createCache({ backend: tiered(lru(), memcached('127.0.0.1:1')) });
export const Short = () => cache.cached({ ttl: '30s' });
export const OfTier = () => tier.cached({ ttl: '30s' });
export const Local = (ttl: number) => cached({ ttl });
export const Constant = cache.cached({ ttl: '1m' });
export function Named(name: string): MethodDecoratorFor {
  return cache.cached({ name });
}

interface User { readonly id: string }
export class Users {
  constructor(readonly tenant: string) {}
  @Short() async find(id: string, deep?: boolean): Promise<User> {
    return { id: this.tenant + id + deep };
  }
  @OfTier() async count(): Promise<number> {
    return this.tenant.length;
  }
  @Local(5) sum(a: number, b = 1): number {
    return a + b;
  }
  @Constant static async all(...ids: string[]): Promise<User[]> {
    return ids.map((id) => ({ id }));
  }
  @Named('users') protected async generic<T>(value: T): Promise<T[]> {
    return [value];
  }
}
`;

describe.each([
  ['legacy', true],
  ['standard', false],
])('presets with %s decorators', (_, legacy) => {
  test('compile, and can be exported', () => {
    const [declarations, errors] = compile(PRESETS, legacy);
    expect(errors).toEqual([]);
    expect(declarations).toMatch(/Short: \(\) => MethodDecoratorFor</);
  });

  test('for an asynchronous backend still refuse a synchronous method', () => {
    const wrong = `${PRESETS}
      export class Wrong { @Short() find(id: string): string { return id; } }`;
    const [, errors] = compile(wrong, legacy);
    expect(errors).toEqual([
      expect.stringContaining("'string' is not assignable to type 'PromiseOnAsynchronousBackend'"),
    ]);
  });
});
