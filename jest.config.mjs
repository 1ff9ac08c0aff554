import { availableParallelism } from 'node:os';

// The files that take long, by measurement: `npm test` leaves these out, `npm run test:all` has them.
const LONG = ['/__tests__/fleet/(stampede|chaos)\\.test\\.ts$'];
// These have numbers of runs from the environment: small by default, large in `npm run test:all`.
const SIZED = ['/__tests__/fleet/schedules\\.test\\.ts$', '/encode\\.property\\.test\\.ts$'];

// `SUITES` is set by .ci/test.mjs. Without it Jest runs every file that it is asked for.
const { SUITES = 'all' } = process.env;
const selected = {
  all: { testRegex: ['\\.test\\.ts$'] },
  short: { testRegex: ['\\.test\\.ts$'], ignore: LONG },
  long: { testRegex: [...LONG, ...SIZED] },
}[SUITES];

// `FAST_PATH=off` leaves the fast path out: without it every result has to be the same.
const withoutFastPath = process.env.FAST_PATH === 'off';
const FAST_PATH = ['/__tests__/fast-path/', '/__tests__/allocation-budget\\.test\\.ts$'];

// Two projects over the same sources: legacy decorators, and the standard ones.
const project = (displayName, tsconfig, roots, ignore = []) => ({
  displayName,
  testEnvironment: 'node',
  roots,
  testRegex: selected.testRegex,
  testPathIgnorePatterns: [
    '/node_modules/',
    ...ignore,
    ...(selected.ignore ?? []),
    ...(withoutFastPath ? FAST_PATH : []),
  ],
  moduleNameMapper: {
    '^\\./lazy-require\\.js$': '<rootDir>/src/api/lazy-require.cjs.ts',
    ...(withoutFastPath && {
      '^\\.\\./fast-path/memoized-call\\.js$': '<rootDir>/__tests__/support/without-fast-path.ts',
    }),
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  // devalue is published as an ES module alone, and Jest runs CommonJS.
  transformIgnorePatterns: ['/node_modules/(?!devalue/)'],
  // `isolatedModules` in these tsconfigs: each file is only translated. The types step has checked them.
  transform: { '^.+\\.[jt]s$': ['ts-jest', { tsconfig }] },
  restoreMocks: true,
  setupFilesAfterEnv: ['<rootDir>/__tests__/support/setup.ts'],
});

export default {
  // On two cores Jest would run one file at a time, and many files mostly wait.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  // A hung test ends, and a slow machine fails none.
  testTimeout: 30_000,
  projects: [
    project(
      'legacy',
      '<rootDir>/__tests__/tsconfig.json',
      ['<rootDir>/__tests__'],
      ['/__tests__/standard/'],
    ),
    project('standard', '<rootDir>/__tests__/standard/tsconfig.json', [
      '<rootDir>/__tests__/standard',
    ]),
  ],
  collectCoverageFrom: ['src/**/*.ts'],
};
