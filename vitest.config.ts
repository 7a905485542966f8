import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';

/** `npm run test:long` runs what takes half a minute a file; `npm test` all others. */
const long = process.env['DIDYPROG_TEST'] === 'long';
const longOnes = '**/*.long.test.ts';
const others = configDefaults.exclude;

/**
 * Tests that put other modules in place of ours, count threads and memory, or start programs: each file
 * has a process of its own. All others share the workers' processes, so that what they import is read once.
 */
const apart = [
  'test/**/*.test.ts',
  'src/{dp/fast,explore,kernels}/**/*.test.ts',
  'src/runner/{notice,progress,run/data-files,run/run-lock,sweep/slurm}.test.ts',
];

export default defineConfig({
  test: {
    setupFiles: ['test/property-runs.ts', 'test/equal-arrays.ts'],
    testTimeout: 60_000,
    pool: 'forks',
    // One more than cores, since many wait: for the disk, or for programs that they start.
    maxWorkers: availableParallelism() + 1,
    projects: long
      ? [{ extends: true, test: { name: 'long', include: [longOnes] } }]
      : [
          {
            extends: true,
            test: { name: 'apart', include: apart, exclude: [...others, longOnes] },
          },
          {
            extends: true,
            test: {
              name: 'together',
              isolate: false,
              include: ['src/**/*.test.ts'],
              exclude: [...others, longOnes, ...apart],
            },
          },
        ],
  },
});
