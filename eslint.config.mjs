import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: ['dist/', 'coverage/', 'node_modules/', '__tests__/consumer/', 'bench/node_modules/'],
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './__tests__/standard/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      // A memoized function is called with whatever its own function takes: numbers in texts are fine.
      '@typescript-eslint/restrict-template-expressions': 'off',
      // `interface Foo { <T>(…): … }` documents a callable better than a type alias does.
      '@typescript-eslint/prefer-function-type': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // What a function throws is its own, and passed on as it is.
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      // What it finds depends on which of the two programs of tests a file is looked at in.
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
      // TypeScript's `noPropertyAccessFromIndexSignature` is off; both ways read well.
      '@typescript-eslint/dot-notation': 'off',
    },
  },
  {
    files: ['__tests__/**/*.ts', 'examples/**/*.ts', 'bench/**/*.ts'],
    rules: {
      // Tests throw, await and mistype on purpose.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/class-literal-property-style': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/await-thenable': 'off',
      '@typescript-eslint/no-unused-expressions': 'off',
    },
  },
  {
    // It awaits what may be no promise: that is what a backend may answer.
    files: ['src/testing/**/*.ts'],
    rules: { '@typescript-eslint/await-thenable': 'off' },
  },
);
