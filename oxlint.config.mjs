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
    excludeFiles: ['**/*.test.ts', 'src/kernels/assembly/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `^(\\.\\./)+(${forbidden.join('|')})/`,
              message: `src/${folder} may not import this folder: see oxlint.config.mjs`,
            },
          ],
        },
      ],
    },
  };
}

/** What is an error beside all that the linter calls outright wrong or useless. */
const alsoWrong = [
  'no-case-declarations',
  'no-empty',
  'no-fallthrough',
  'no-prototype-builtins',
  'no-regex-spaces',
  'no-unexpected-multiline',
  'preserve-caught-error',
  'no-array-constructor',
  'no-useless-constructor',
  'no-useless-assignment',
  'no-var',
  'prefer-const',
  'prefer-rest-params',
  'prefer-spread',
  'typescript/no-dynamic-delete',
  'typescript/no-empty-object-type',
  'typescript/no-explicit-any',
  'typescript/no-extraneous-class',
  'typescript/no-invalid-void-type',
  'typescript/no-namespace',
  'typescript/no-non-null-asserted-nullish-coalescing',
  'typescript/no-require-imports',
  'typescript/no-unnecessary-type-constraint',
  'typescript/no-unsafe-function-type',
  'typescript/prefer-literal-enum-member',
  'typescript/unified-signatures',
];

export default {
  plugins: ['typescript', 'oxc'],
  categories: { correctness: 'error' },
  env: { builtin: true },
  jsPlugins: ['./test/lint-plugin.mjs'],
  options: { reportUnusedDisableDirectives: 'error' },
  ignorePatterns: [
    'dist*/',
    '/data/',
    '/runs/',
    '/src/kernels/binaries.ts',
    '/src/kernels/signatures.ts',
  ],
  rules: {
    ...Object.fromEntries(alsoWrong.map((rule) => [rule, 'error'])),
    'typescript/ban-ts-comment': ['error', { minimumDescriptionLength: 10 }],
  },
  overrides: [
    {
      // Kernels share signatures, of which not all use every parameter.
      files: ['src/kernels/assembly/**/*.ts'],
      rules: { 'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }] },
    },
    {
      files: ['src/**/*.ts'],
      excludeFiles: ['**/*.test.ts', 'src/terminal.ts'],
      rules: { 'didyprog/texts-by-terminal': 'error' },
    },
    ...[...Object.keys(rooms), ...Object.keys(wings)].map(importsOf),
    { files: ['**/*.mjs'], env: { node: true }, rules: { 'no-undef': 'error' } },
    // Some of its functions are a page's.
    { files: ['bench/explore-frames.mjs'], env: { browser: true } },
  ],
};
