import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    setupFiles: ['test/property-runs.ts'],
    testTimeout: 60_000,
    pool: 'forks',
    // By default one core is left free: on two cores the suite would take twice as long.
    maxWorkers: '100%',
  },
});
