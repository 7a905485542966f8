import { configureGlobal } from 'fast-check';

/**
 * How property tests draw their inputs. `npm test` always draws the same ones, so that it fails only
 * when the code does; `npm run fuzz` sets another seed for every file it runs, and more runs.
 */
const { DIDYPROG_FUZZ_SEED: seed, DIDYPROG_FUZZ_PATH: path } = process.env;

/** Whether `npm run fuzz` runs the test. */
export const fuzzing = seed !== undefined;

/** Times as many inputs when fuzzing: `npm test` always draws the same, of which more say little. */
const fuzzFactor = 10;

/** How many inputs a property that others attack gets: more when fuzzing. */
export const runs = (usual: number) => (fuzzing ? usual * fuzzFactor : usual);

configureGlobal({
  seed: seed === undefined ? 20180710 : Number(seed),
  numRuns: runs(40),
  ...(path && { path, endOnFailure: true }),
});
