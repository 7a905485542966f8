// A sweep on a real Slurm against the same sweep in processes of this machine:
//   node bench/slurm.mjs [--sweep bench/sweep.yaml] [--partition main]
//     [--daemon-pid /run/slurmd.pid --daemon 'slurmd -N localhost']
// With the last two, a further sweep has the node's daemon killed with SIGKILL half way and started
// again. Fails unless every cell of every sweep is done, came to its end once, and has the same
// numbers everywhere.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { readRun } from '../dist/runner/run/recorded-run.js';

const { values } = parseArgs({
  options: {
    sweep: { type: 'string', default: fileURLToPath(new URL('sweep.yaml', import.meta.url)) },
    partition: { type: 'string' },
    'daemon-pid': { type: 'string' },
    daemon: { type: 'string' },
  },
});
const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'didyprog-slurm-'));
const slurm = [
  '--launcher',
  'slurm',
  ...(values.partition ? ['--partition', values.partition] : []),
];

/** Runs the sweep into `name`; `onDone` is told how many cells are done, as they end. */
async function sweep(name, args, onDone = () => undefined) {
  const began = performance.now();
  const out = join(folder, name);
  const child = spawn(process.execPath, [main, 'sweep', values.sweep, '--out', out, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (data) => {
    stderr += data;
    onDone(Number(/.*\((\d+) done/s.exec(stderr)?.[1] ?? 0));
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`the sweep ${name} ended with exit code ${code}\n${stderr}`);
  const cells = await check(out);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(`${name}: ${cells.size} cells done, each brought to its end once, ${seconds} s`);
  return cells;
}

/** What each cell measured, by name; each must have come to its end exactly once. */
async function check(out) {
  const { cells } = JSON.parse(readFileSync(join(out, 'sweep.json'), 'utf8'));
  const outcomes = new Map();
  for (const { name } of cells) {
    const { result, metrics, log } = await readRun(join(out, 'cells', name));
    const ends = log.filter(({ text }) => text === 'finished').length;
    if (!result || ends !== 1) throw new Error(`${out}: ${name} came to its end ${ends} times`);
    outcomes.set(name, timeless({ result, metrics }));
  }
  return outcomes;
}

const clocks = ['provenance', 'seconds', 'tokensPerSecond', 'wallSeconds'];
function timeless(value) {
  if (Array.isArray(value)) return value.map(timeless);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => !clocks.includes(key));
  return Object.fromEntries(entries.map(([key, inner]) => [key, timeless(inner)]));
}

function compare(name, cells, local) {
  for (const [cell, outcome] of cells) {
    if (isDeepStrictEqual(outcome, local.get(cell))) continue;
    throw new Error(`${cell} has other numbers in ${name} than in local: see ${folder}`);
  }
  console.log(`${name}: the numbers of every cell are those of the local sweep`);
}

const local = await sweep('local', []);
compare('slurm', await sweep('slurm', slurm), local);
if (values['daemon-pid'] && values.daemon) {
  let killed = false;
  const cells = await sweep('slurm, daemon killed', slurm, (done) => {
    if (killed || done < local.size / 2) return;
    killed = true;
    process.kill(Number(readFileSync(values['daemon-pid'], 'utf8')), 'SIGKILL');
    console.log(`the daemon was killed with ${done} cells done`);
    setTimeout(() => spawnSync('sh', ['-c', values.daemon]), 10_000);
  });
  if (!killed) throw new Error('the sweep ended before the daemon was killed');
  compare('slurm, daemon killed', cells, local);
}
rmSync(folder, { recursive: true });
