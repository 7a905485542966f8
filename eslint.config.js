import tseslint from 'typescript-eslint';
import eslint from '@eslint/js';

/** The rooms of src/ and those that each may import. What stands in src/ itself, each may. */
const rooms = {
  kernels: [],
  metrics: [],
  features: [],
  dp: ['kernels'],
  alignment: ['features', 'dp', 'kernels'],
  engine: ['kernels'],
  layers: ['dp', 'kernels'],
  data: ['metrics'],
  runner: [],
  report: ['runner', 'layers', 'dp', 'data'],
  experiments: [
    'alignment',
    'report',
    'runner',
    'layers',
    'engine',
    'dp',
    'data',
    'features',
    'metrics',
    'kernels',
  ],
  explore: [
    'experiments',
    'alignment',
    'report',
    'runner',
    'layers',
    'dp',
    'data',
    'features',
    'metrics',
    'kernels',
  ],
  cli: ['explore', 'experiments', 'report', 'runner', 'engine', 'data'],
};

/** Folders of a room, and their neighbours that they may not import. */
const wings = {
  'dp/omega': ['fast', 'programs'],
  'data/text': ['acquire', 'readers', 'synthetic'],
  'data/synthetic': ['acquire'],
  'experiments/align': ['ner', 'attention'],
  'experiments/ner': ['align', 'attention'],
  'experiments/attention': ['align', 'ner'],
};

/** The rule for the files of a folder. */
function importsOf(folder) {
  const [room] = folder.split('/');
  const others = Object.keys(rooms).filter((name) => name !== room && !rooms[room].includes(name));
  const forbidden = [...others, ...(wings[folder] ?? [])];
  return {
    files: [`src/${folder}/**/*.{ts,tsx}`],
    // The assembly is a program of its own, with folders of its own.
    ignores: ['**/*.test.ts', 'src/kernels/assembly/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `^(\\.\\./)+(${forbidden.join('|')})/`,
              message: `src/${folder} may not import this folder: see eslint.config.js`,
            },
          ],
        },
      ],
    },
  };
}

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
  ...[...Object.keys(rooms), ...Object.keys(wings)].map(importsOf),
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
