// Two projects over the same sources: legacy decorators, and the standard ones.
const project = (displayName, tsconfig, roots, ignore = []) => ({
  displayName,
  testEnvironment: 'node',
  roots,
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', ...ignore],
  moduleNameMapper: {
    '^\\./lazy-require\\.js$': '<rootDir>/src/api/lazy-require.cjs.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  // devalue is published as an ES module alone, and Jest runs CommonJS.
  transformIgnorePatterns: ['/node_modules/(?!devalue/)'],
  transform: { '^.+\\.[jt]s$': ['ts-jest', { tsconfig }] },
  restoreMocks: true,
  setupFilesAfterEnv: ['<rootDir>/__tests__/support/setup.ts'],
});

export default {
  // Jest keeps something of every file that it has run: after fifty of them an await takes ten times as
  // long. So the files run in a process of their own, which is replaced when it has grown.
  workerIdleMemoryLimit: '400MB',
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
