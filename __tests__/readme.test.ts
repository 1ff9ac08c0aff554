import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';
import * as memoaside from '../src/index.js';
import { memcached } from '../src/memcached.js';
import * as testing from '../src/testing/index.js';

const ROOT = resolve(__dirname, '..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

/** The section under a heading, up to the next heading of its level or a higher one. */
function section(heading: string): string {
  const [marks = ''] = heading.split(' ');
  const from = README.indexOf(`\n${heading}\n`);
  if (from < 0) throw new Error(`the README has no ${heading}`);
  const rest = README.slice(from + heading.length + 2);
  const next = rest.search(new RegExp(`^#{1,${marks.length}} `, 'm'));
  return next < 0 ? rest : rest.slice(0, next);
}

/** The code blocks in a language. */
function blocks(language: string): string[] {
  const fences = README.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'));
  return [...fences].map(([, code = '']) => code);
}

/** The rows of the first table after a string, without its head and without code marks. */
function rows(text: string, after = ''): string[][] {
  const [table = ''] = /(?:^\|.*\n)+/m.exec(text.slice(text.indexOf(after))) ?? [];
  const lines = table.trim().split('\n').slice(2);
  return lines.map((line) => {
    const cells = line.split(/(?<!\\)\|/).slice(1, -1);
    return cells.map((cell) => cell.trim().replaceAll('\\|', '|'));
  });
}

const bare = (text: string): string => text.replaceAll('`', '');
const EXAMPLES = blocks('ts');

describe('the examples of the README', () => {
  const virtual = new Map(
    EXAMPLES.map((code, index) => [join(ROOT, `__tests__/example-${index + 1}.ts`), code]),
  );

  // Both dialects read the same files.
  const parsed = new Map<string, ts.SourceFile | undefined>();

  /** Compiles all examples as one program, and returns the diagnostics. */
  function compile(experimentalDecorators: boolean): string[] {
    const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
    const settings: ts.CompilerOptions = {
      ...options,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      moduleDetection: ts.ModuleDetectionKind.Force,
      noUnusedLocals: false,
      experimentalDecorators,
      emitDecoratorMetadata: experimentalDecorators,
      paths: {
        memoaside: [join(ROOT, 'src/index.ts')],
        'memoaside/memcached': [join(ROOT, 'src/memcached.ts')],
        'memoaside/testing': [join(ROOT, 'src/testing/index.ts')],
      },
    };
    const host = ts.createCompilerHost(settings);
    const { fileExists, readFile, getSourceFile } = host;
    host.fileExists = (file) => virtual.has(file) || fileExists(file);
    host.readFile = (file) => virtual.get(file) ?? readFile(file);
    host.getSourceFile = (file, ...rest) => {
      if (!parsed.has(file)) parsed.set(file, getSourceFile(file, ...rest));
      return parsed.get(file);
    };
    const program = ts.createProgram([...virtual.keys()], settings, host);
    const sources = [...virtual.keys()].map((file) => program.getSourceFile(file));
    return sources.flatMap((source) =>
      [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
        ({ messageText, file, start }) => {
          const line = file?.getLineAndCharacterOfPosition(start ?? 0).line ?? 0;
          const code = file?.text.split('\n')[line] ?? '';
          return `${code.trim()}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
        },
      ),
    );
  }

  test('exist, and the first fits above the fold', () => {
    expect(EXAMPLES.length).toBeGreaterThan(5);
    expect(EXAMPLES[0]?.trim().split('\n').length).toBeLessThanOrEqual(15);
  });

  test('compile with legacy decorators', () => {
    expect(compile(true)).toEqual([]);
  });

  test('compile with standard decorators', () => {
    expect(compile(false)).toEqual([]);
  });
});

const modules: Readonly<Record<string, unknown>> = {
  memoaside,
  'memoaside/testing': testing,
};

const EXPECTATION = /^(\s*)(.+); \/\/=> ('[^']*'|"[^"]*"|[\w.]+).*$/gm;
const AsyncFunction = (async () => undefined).constructor as new (
  ...source: string[]
) => (...args: unknown[]) => Promise<void>;

/** Runs an example, and returns the values in its `//=>` comments and the actual ones. */
function run(example: string, log: (text: string) => void): Promise<[unknown[], unknown[]]> {
  const promised: unknown[] = [];
  const came: unknown[] = [];
  const checked = example.replace(EXPECTATION, '$1promise($3); came($2);');
  const { outputText } = ts.transpileModule(checked, {
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      experimentalDecorators: true,
    },
  });
  const main = new AsyncFunction('require', 'exports', 'console', 'promise', 'came', outputText);
  const done = main(
    (name: string) => modules[name],
    {},
    { log },
    (value: unknown) => promised.push(value),
    (value: unknown) => came.push(value),
  );
  return done.then(() => [promised, came]);
}

describe('the comments of the examples are true', () => {
  const promising = EXAMPLES.filter((code) => code.includes('//=>'));

  test.each(promising.map((code, index): [number, string] => [index + 1, code]))(
    'example %i returns the values in its comments',
    async (_, code) => {
      const [promised, came] = await run(code, () => undefined);
      expect(promised).toHaveLength(code.split('//=>').length - 1);
      expect(came).toEqual(promised);
    },
  );

  test('the first example computes once, and returns the value from the cache the second time', async () => {
    const log: string[] = [];
    const [first = ''] = EXAMPLES;
    await run(first, (text) => log.push(text));
    expect(first).toContain('from the cache');
    expect(log).toEqual(['working out 12 * 12']);
  });
});

// The example defines tests with the `describe` and `test` of Jest.
const backendExample = EXAMPLES.find((code) => code.includes('backendContract(')) ?? '';
void run(backendExample, () => undefined);

/** The names of the accepted options, as listed in the error message about an unknown one. */
function accepted(call: (options: object) => unknown): string[] {
  try {
    call({ 'no such': 'option' });
  } catch (error) {
    const [, names = ''] = /the options are (.+)$/.exec((error as Error).message) ?? [];
    return names.split(', ');
  }
  throw new Error('an unknown option was accepted');
}

/** The options of an interface, with the defaults that their documentation names. */
function documented(file: string, name: string): Map<string, string> {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found = source.statements.find(
    (each): each is ts.InterfaceDeclaration =>
      ts.isInterfaceDeclaration(each) && each.name.text === name,
  );
  const options = new Map<string, string>();
  for (const member of found?.members ?? []) {
    const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === 'default');
    const value = bare(ts.getTextOfJSDocComment(tag?.comment) ?? 'none');
    options.set(member.name?.getText(source) ?? '', value);
  }
  return options;
}

describe('the tables of options', () => {
  const options = section('## Options');
  const memoizeRows = rows(options);
  const tables: [string, string[][], (wrong: object) => unknown, string, string][] = [
    [
      'memoize',
      memoizeRows,
      (wrong) => memoaside.memoize((n: number) => n, wrong),
      'src/options/options.ts',
      'MemoizeOptions',
    ],
    [
      'lru',
      rows(options, 'Of `lru`'),
      (wrong) => memoaside.lru(wrong),
      'src/backends/lru/lru.ts',
      'LruOptions',
    ],
    [
      'memcached',
      rows(options, 'Of `memcached'),
      (wrong) => memcached(undefined, wrong),
      'src/backends/memcached/memcached.ts',
      'MemcachedOptions',
    ],
  ];

  test.each(tables)('the table of %s lists exactly the accepted options', (_, table, call) => {
    expect(table.map(([name = '']) => bare(name)).sort()).toEqual(accepted(call).sort());
  });

  test.each(tables)(
    'the table of %s contains the documented defaults',
    (_, table, __, file, type) => {
      const defaults = table.map(([name = '', , value = '']) => [bare(name), bare(value)]);
      // Declared beside the type of the backend, not with the other options.
      const declared = defaults.filter(([name]) => type !== 'MemoizeOptions' || name !== 'backend');
      const inherited =
        type === 'MemoizeOptions'
          ? documented('src/options/freshness-options.ts', 'FreshnessOptions')
          : new Map<string, string>();
      const all = [...inherited, ...documented(file, type)];
      expect(Object.fromEntries(declared)).toEqual(Object.fromEntries(all));
    },
  );

  test('the default of a tier is documented', () => {
    const [, ttl] = /answered from process for `ttl`, (`[^`]+`) by default/.exec(README) ?? [];
    const declared = documented('src/backends/tiered/tiered.ts', 'TieredOptions');
    expect(new Map([['ttl', bare(ttl ?? '')]])).toEqual(declared);
    expect(accepted((wrong) => memoaside.tiered(memoaside.lru(), memcached(), wrong))).toEqual([
      'ttl',
    ]);
  });

  test('the sentence on createCache lists exactly the accepted options', () => {
    const [sentence = ''] = /`createCache` takes[^.]*\./.exec(options) ?? [];
    const names = [...sentence.matchAll(/`(\w+)`/g)].map(([, name = '']) => name).slice(1);
    expect(names.sort()).toEqual(accepted((wrong) => memoaside.createCache(wrong)).sort());
  });
});

describe('the tables of errors and events', () => {
  test('the table of errors lists exactly the exported classes, with their codes', () => {
    const classes = Object.values(memoaside).filter(
      (value): value is typeof memoaside.CacheError =>
        typeof value === 'function' && value.prototype instanceof Error,
    );
    const listed = rows(section('## Errors and failure')).map(([name = '', code = '']) => [
      bare(name),
      bare(code),
    ]);
    expect(listed.sort()).toEqual(classes.map((each) => [each.name, new each().code]).sort());
  });

  test('the table of events lists exactly the types of events', () => {
    const listed = rows(section('## Events')).flatMap(([types = '']) => bare(types).split(', '));
    const types = Object.keys(memoaside.memoize((n: number) => n).stats());
    expect(listed.sort()).toEqual(types.sort());
  });

  test('the types of events are exactly those of the union', () => {
    const text = readFileSync(join(ROOT, 'src/events.ts'), 'utf8');
    const [union = ''] = /export type CacheEvent =[^]*?\n\);/.exec(text) ?? [];
    const types = [...union.matchAll(/type: ([^;}]+)/g)].flatMap(([, names = '']) =>
      [...names.matchAll(/'(\w+)'/g)].map(([, name]) => name),
    );
    const counted = Object.keys(memoaside.memoize((n: number) => n).stats());
    expect(types.sort()).toEqual(counted.sort());
  });

  test('the events of servers are exactly those of their union', () => {
    const text = readFileSync(join(ROOT, 'src/backends/memcached/client/server-event.ts'), 'utf8');
    const [sentence = ''] = /^The `onEvent` of `memcached` .*$/m.exec(README) ?? [];
    const listed = [...sentence.matchAll(/`(\w+)`/g)].map(([, name]) => name).slice(2);
    const types = [...text.matchAll(/type: '(\w+)'/g)].map(([, name]) => name);
    expect(listed.sort()).toEqual(types.sort());
  });

  test('the quoted message of a KeyError is a real one', () => {
    const save = (): void => undefined;
    const call = (): unknown => memoaside.memoize((x: object) => x)({ user: { save } });
    const [, message = ''] = /`(argument 1, [^`]+)`/.exec(README) ?? [];
    expect(call).toThrow(message);
  });
});

describe('commands, links and length', () => {
  test.each(['npm ci && npm start', 'npm ci && npm test'])('%s is a separate block', (command) => {
    expect(blocks('sh')).toContain(`${command}\n`);
  });

  test('every mentioned script and dependency exists, and every dependency is mentioned', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const text = section('## Dependencies');
    const named = [...text.matchAll(/^- `([^`]+)`/gm)].map(([, name = '']) => name);
    expect(named.sort()).toEqual(Object.keys(manifest.dependencies).sort());
    const scripts = [
      ...blocks('sh')
        .join('\n')
        .matchAll(/npm (?:run )?(start|test|format|build)/g),
    ];
    for (const [, name = ''] of scripts) expect(manifest.scripts).toHaveProperty(name);
  });

  test('every link has a target', () => {
    const prose = README.replace(/^```[^]*?^```$/gm, '');
    const anchors = [...prose.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
        .replaceAll(' ', '-'),
    );
    expect(new Set(anchors).size).toBe(anchors.length);
    const links = [...prose.matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => link);
    expect(links.length).toBeGreaterThan(5);
    for (const link of links) {
      if (/^https?:/.test(link)) continue;
      const [path = '', anchor] = link.split('#');
      expect(existsSync(join(dirname(join(ROOT, 'README.md')), path))).toBe(true);
      if (anchor !== undefined && path === '') expect(anchors).toContain(anchor);
    }
  });

  test('the README has a readable length', () => {
    const lines = README.trimEnd().split('\n').length;
    expect(lines).toBeGreaterThanOrEqual(250);
    expect(lines).toBeLessThanOrEqual(350);
  });
});
