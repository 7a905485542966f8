import { configDefaults, defineConfig } from 'vitest/config';

/** `npm run test:long` runs what takes half a minute a file; `npm test` all others. */
const long = process.env['DIDYPROG_TEST'] === 'long';

export default defineConfig({
  test: {
    include: long ? ['test/**/*.long.test.ts'] : ['src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: long ? configDefaults.exclude : [...configDefaults.exclude, '**/*.long.test.ts'],
    setupFiles: ['test/property-runs.ts'],
    testTimeout: 60_000,
    pool: 'forks',
    // By default one core is left free: on two cores the suite would take twice as long.
    maxWorkers: '100%',
  },
});
