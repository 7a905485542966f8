// npm run bench [-- FILTER …] [-- --out DIR]: compiles the benchmarks with the sources they measure
// and runs them; see run.ts.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const run = (...words) => {
  const { status } = spawnSync(process.execPath, words, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
};
run(path('../node_modules/typescript/bin/tsc'), '-p', path('tsconfig.json'));
run(path('../dist-bench/bench/run.js'), ...process.argv.slice(2));
