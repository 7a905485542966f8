import tseslint from 'typescript-eslint';
import eslint from '@eslint/js';

/** Which room may import which: arrows point down only. */
const forbidden = {
  kernels: [
    'dp',
    'layers',
    'engine',
    'data',
    'metrics',
    'features',
    'experiments',
    'runner',
    'report',
    'cli',
  ],
  dp: ['layers', 'engine', 'data', 'metrics', 'features', 'experiments', 'runner', 'report', 'cli'],
  metrics: ['dp', 'layers', 'engine', 'data', 'experiments', 'runner', 'report', 'cli'],
  features: ['dp', 'layers', 'engine', 'data', 'experiments', 'runner', 'report', 'cli'],
  layers: ['data', 'metrics', 'experiments', 'runner', 'report', 'cli'],
  engine: ['dp', 'layers', 'data', 'metrics', 'experiments', 'runner', 'report', 'cli'],
  data: ['layers', 'engine', 'experiments', 'runner', 'report', 'cli'],
  runner: ['layers', 'experiments', 'report', 'explore', 'cli'],
  report: ['experiments', 'explore', 'cli'],
  experiments: ['explore', 'cli'],
  explore: ['cli'],
};

export default tseslint.config(
  {
    ignores: [
      'dist',
      'dist-bench',
      'dist-packages',
      'dist-docs',
      'node_modules',
      'data',
      'runs',
      'src/kernels/binaries.ts',
      'src/kernels/signatures.ts',
    ],
  },
  eslint.configs.recommended,
  ...tseslint.configs.strict,
  {
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-explicit-any': 'error',
    },
  },
  {
    // Kernels share signatures, of which not all use every parameter.
    files: ['src/kernels/assembly/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['**/*.test.ts', 'src/terminal.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'MemberExpression[object.property.name=/^std(out|err)$/][property.name="write"]',
          message: 'texts go out through src/terminal.ts, which shows control characters',
        },
      ],
    },
  },
  ...Object.entries(forbidden).map(([room, others]) => ({
    files: [`src/${room}/**/*.ts`],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: others.map((other) => ({
            group: [`**/${other}/*`],
            message: `${room}/ may not import ${other}/`,
          })),
        },
      ],
    },
  })),
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
        setTimeout: 'readonly',
        TextDecoder: 'readonly',
        clearTimeout: 'readonly',
      },
    },
  },
);
