// How a run survives: `node bench/durability.mjs [--kills 100] [-- COMMAND …]`. Runs a training
// undisturbed, then again with SIGKILL at random moments and a resume after each, and compares what
// both end with. After each kill every file is read. Fails when a number differs or a file cannot be
// read. COMMAND is what follows didyprog; --out is added.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { readArrays } from '../dist/runner/checkpoint.js';
import { readRun } from '../dist/runner/recorded-run.js';

const { values, positionals } = parseArgs({
  options: { kills: { type: 'string', default: '100' }, seed: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const kills = Number(values.kills);
const config = fileURLToPath(new URL('durability.yaml', import.meta.url));
const command = positionals.length > 0 ? positionals : ['train', 'ner', '--config', config];
const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'didyprog-durability-'));

const start = (out) =>
  spawn(process.execPath, [main, ...command, '--out', out, '--resume'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });

const holdsLock = (out, pid) => {
  try {
    return JSON.parse(readFileSync(join(out, 'lock'), 'utf8')).pid === pid;
  } catch {
    return false;
  }
};

/** Waits for the end; an exit code other than 0 is a failure of this check. */
async function finish(child) {
  let stderr = '';
  child.stderr.on('data', (data) => (stderr += data));
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`exit code ${code}\n${stderr}`);
}

/** Every file that a kill left under its own name must be whole. */
async function checkFiles(out) {
  if (!existsSync(join(out, 'config.yaml'))) return;
  await readRun(out);
  for (const name of readdirSync(join(out, 'checkpoint'))) {
    if (name.endsWith('.bin')) await readArrays(join(out, 'checkpoint', name));
    if (name.endsWith('.damaged')) throw new Error(`a checkpoint was damaged: ${name}`);
  }
  await readArrays(join(out, 'best.bin'));
}

/** result.json and metrics.jsonl without what a clock wrote. */
const clocks = ['provenance', 'seconds', 'tokensPerSecond', 'wallSeconds'];
const timeless = (value) =>
  Array.isArray(value)
    ? value.map(timeless)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .filter(([key]) => !clocks.includes(key))
            .map(([key, inner]) => [key, timeless(inner)]),
        )
      : value;
const outcome = async (out) => {
  const { result, metrics } = await readRun(out);
  return timeless({ result, metrics });
};

const random = mulberry(Number(values.seed));
function mulberry(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
const milliseconds = (count) => new Promise((resolve) => setTimeout(resolve, count));

console.log(`${cpus()[0]?.model}, ${availableParallelism()} cores, Node ${process.version}`);
console.log(`didyprog ${command.join(' ')}`);
const undisturbed = join(folder, 'undisturbed');
let began = performance.now();
await finish(start(undisturbed));
const whole = performance.now() - began;
// A quarter of the run: every start gets somewhere, and the whole takes several.
const longest = whole / 4;
console.log(`undisturbed: ${(whole / 1000).toFixed(1)} s`);

const killed = join(folder, 'killed');
began = performance.now();
let starts = 0;
let early = 0;
let finished = 0;
for (let done = 0; done < kills;) {
  const child = start(killed);
  const ended = new Promise((resolve) => child.on('close', (code, signal) => resolve(signal)));
  starts++;
  // Counted from when this start holds the directory: else most kills would hit a starting program.
  while (child.exitCode === null && !holdsLock(killed, child.pid)) await milliseconds(1);
  await milliseconds(random() * longest);
  child.kill('SIGKILL');
  if ((await ended) === 'SIGKILL') done++;
  else {
    // It came to its end before the kill: that run counts, and a fresh one is killed on.
    finished++;
    if (!isDeepStrictEqual(await outcome(killed), await outcome(undisturbed))) {
      throw new Error(`the numbers differ after ${done} kills: see ${folder}`);
    }
    rmSync(killed, { recursive: true });
    continue;
  }
  const name = ['latest.bin', 'previous.bin'].find((name) =>
    existsSync(join(killed, 'checkpoint', name)),
  );
  if (name === undefined) early++;
  await checkFiles(killed);
}
await finish(start(killed));
finished++;
if (!isDeepStrictEqual(await outcome(killed), await outcome(undisturbed))) {
  throw new Error(`the numbers differ: see ${folder}`);
}
const seconds = ((performance.now() - began) / 1000).toFixed(0);
console.log(
  `${kills} SIGKILLs in ${starts} starts, ${early} of them before the first checkpoint, ${seconds} s; ` +
    `${finished} runs came to their end, each with the numbers of the undisturbed one; ` +
    'every file was readable after every kill',
);
rmSync(folder, { recursive: true });
