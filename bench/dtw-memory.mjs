// node bench/dtw-memory.mjs [SIZE]: time and peak resident memory of DTW on large problems, each in a
// process of its own, after `npm run build`. SIZE is the rows and columns from features, by default
// 20,000; costs in an array are of 8,000 × 8,000. DIDYPROG_THREADS sets the threads.
import { spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { dtw } from '../dist/index.js';

const MIB = 2 ** 20;
const works = {
  'value from features': { fromFeatures: true, method: 'value' },
  'value and gradient from features': { fromFeatures: true, method: 'gradient' },
  'value and gradient of an array': { fromFeatures: false, method: 'gradient' },
};

const [size = '20000', own] = process.argv.slice(2);
if (own === undefined) {
  for (const name of Object.keys(works)) {
    const words = [fileURLToPath(import.meta.url), size, name];
    const { status } = spawnSync(process.execPath, words, { stdio: 'inherit' });
    if (status !== 0) process.exit(status ?? 1);
  }
} else {
  const { fromFeatures, method } = works[own];
  const n = fromFeatures ? Number(size) : 8000;
  const { theta, bytes } = fromFeatures ? features(n, 16) : array(n);
  const program = dtw({ batch: 1, rows: n, cols: n, omega: 'negentropy', gamma: 1 });
  const start = performance.now();
  const result = program[method](theta);
  const seconds = (performance.now() - start) / 1000;
  const peak = process.resourceUsage().maxRSS / 1024;
  const value = method === 'value' ? result[0] : result.value[0];
  const { user, system } = process.cpuUsage();
  const beyond = fromFeatures
    ? ''
    : `, ${(peak - bytes / MIB).toFixed(0)} beyond theta and gradient`;
  console.log(
    `${own}, ${n} × ${n}: ${seconds.toFixed(2)} s (the process used ` +
      `${((user + system) / 1e6).toFixed(2)} s of its cores), peak resident memory ` +
      `${peak.toFixed(0)} MiB${beyond}; value ${value.toFixed(2)}`,
  );
}

/** Two smooth random walks, squared Euclidean distance. */
function features(n, depth) {
  const walk = (seed) => {
    const random = generator(seed);
    const steps = Float32Array.from({ length: n * depth }, () => random() - 0.5);
    for (let at = depth; at < steps.length; at++) steps[at] += 0.95 * steps[at - depth];
    return steps;
  };
  return { theta: { rowFeatures: walk(1), colFeatures: walk(2) }, bytes: 8 * n * depth };
}

/** Costs, and the bytes of them and of as large a gradient. */
function array(n) {
  const random = generator(1);
  const theta = new Float32Array(n * n);
  for (let at = 0; at < theta.length; at++) theta[at] = random();
  return { theta, bytes: 2 * theta.byteLength };
}

function generator(seed) {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}
