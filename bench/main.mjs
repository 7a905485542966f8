// npm run bench [-- FILTER … --out DIR --processes N --old DIR]: compiles the benchmarks with the sources they
// measure and runs them; see run.ts.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const run = (environment, ...words) => {
  const env = { ...process.env, ...environment };
  const { status } = spawnSync(process.execPath, words, { stdio: 'inherit', env });
  if (status !== 0) process.exit(status ?? 1);
};
run({}, path('../node_modules/typescript/bin/tsc'), '-p', path('tsconfig.json'));
// As the program runs its trainings.
const { keptMemory } = await import('../dist-bench/src/runner/training/training-process.js');
run(keptMemory(), path('../dist-bench/bench/run.js'), ...process.argv.slice(2));
