// How a run survives: `node bench/durability.mjs [--kills 100] [--faults 5] [-- COMMAND …]`. Runs a
// training undisturbed, then again
// - with SIGKILL at random moments and a resume after each;
// - with stderr and stdout closed, full, and piped to a reader that leaves;
// - with faults injected into write, fsync, rename, open and link (by strace, where there is one),
//   so many of each, and a resume after each;
// and compares what all end with. After each kill and fault every file is read. Fails when a number
// differs, a file cannot be read, a lock is left by a process that could end, or one crashes.
// COMMAND is what follows didyprog; --out is added.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { readArrays } from '../dist/runner/checkpoint/checkpoint.js';
import { readRun } from '../dist/runner/run/recorded-run.js';

const { values, positionals } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    faults: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
  },
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
  if (existsSync(join(out, 'best.bin'))) await readArrays(join(out, 'best.bin'));
}

/** A run that came to its end must have the numbers of the undisturbed one. */
async function expectSame(out, what) {
  if (isDeepStrictEqual(await outcome(out), await outcome(undisturbed))) return;
  throw new Error(`the numbers differ ${what}: see ${folder}`);
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
    await expectSame(killed, `after ${done} kills`);
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
await expectSame(killed, `after ${kills} kills`);
const seconds = ((performance.now() - began) / 1000).toFixed(0);
console.log(
  `${kills} SIGKILLs in ${starts} starts, ${early} of them before the first checkpoint, ${seconds} s; ` +
    `${finished} runs came to their end, each with the numbers of the undisturbed one; ` +
    'every file was readable after every kill',
);

/** Runs with the given output; the run must be saved, its lock gone, and its exit code as said. */
async function outputCase(name, stdio, expected, leave = () => undefined) {
  const out = join(folder, name.replaceAll(' ', '-'));
  const child = spawn(process.execPath, [main, ...command, '--out', out], { stdio });
  leave(child);
  const [code, signal] = await new Promise((resolve) =>
    child.on('close', (...ended) => resolve(ended)),
  );
  if (code !== expected) throw new Error(`${name}: exit ${code ?? signal}, not ${expected}`);
  if (existsSync(join(out, 'lock'))) throw new Error(`${name}: the lock was left`);
  await expectSame(out, `with ${name}`);
  rmSync(out, { recursive: true });
  console.log(`${name}: the run is saved, exit code ${code}`);
}

const leaves = (stream) => (child) => child[stream].once('data', () => child[stream].destroy());
await outputCase(
  'stderr piped to a reader that leaves',
  ['ignore', 'ignore', 'pipe'],
  0,
  leaves('stderr'),
);
await outputCase('stderr without a reader', ['ignore', 'ignore', 'pipe'], 0, (child) =>
  child.stderr.destroy(),
);
await outputCase('stdout without a reader', ['ignore', 'pipe', 'ignore'], 1, (child) =>
  child.stdout.destroy(),
);
if (existsSync('/dev/full')) {
  const full = openSync('/dev/full', 'w');
  await outputCase('stderr full', ['ignore', 'ignore', full], 0);
  await outputCase('stdout full', ['ignore', full, 'ignore'], 1);
}
{
  const out = join(folder, 'closed');
  const words = [process.execPath, main, ...command, '--out', out];
  const { status } = spawnSync('sh', ['-c', '"$@" >&- 2>&-', 'sh', ...words]);
  if (status !== 0) throw new Error(`stdout and stderr closed: exit ${status}`);
  await expectSame(out, 'with stdout and stderr closed');
  rmSync(out, { recursive: true });
  console.log('stdout and stderr closed: the run is saved, exit code 0');
}

/*
 * Faults. A write is told apart by its file: Node itself writes to wake its threads. The others are
 * the n-th of a thread, wherever that is: also in Node's own start.
 */
const faults = {
  write: {
    calls: 'write',
    errors: ['ENOSPC', 'EIO', 'EFBIG'],
    most: 3,
    files: ['metrics.jsonl', 'run.log'],
  },
  fsync: { calls: 'fsync,fdatasync', errors: ['EIO', 'ENOSPC', 'EDQUOT'], most: 12 },
  rename: { calls: '/^rename', errors: ['EIO', 'ENOSPC', 'EROFS'], most: 8 },
  open: { calls: '/^open', errors: ['EIO', 'ENOSPC', 'EMFILE', 'EROFS'], most: 60 },
  link: { calls: '/^link', errors: ['EIO', 'ENOSPC', 'EPERM', 'EROFS'], most: 1 },
};

/** One run with a fault in it, and one that goes on. @returns the exit code of the first */
async function faultCase(name, { calls, errors, most, files = [] }, index) {
  const out = join(folder, 'fault');
  const error = errors[index % errors.length];
  const when = 1 + Math.floor(random() * most);
  const what = `${error} in ${name} ${when}`;
  const paths = files.flatMap((file) => ['-P', join(out, file)]);
  const inject = ['-e', `trace=${calls}`, '-e', `inject=${calls}:error=${error}:when=${when}`];
  const strace = ['-f', '-qq', '--seccomp-bpf', '-o', join(folder, 'strace'), ...paths, ...inject];
  const words = [...strace, process.execPath, main, ...command, '--out', out, '--resume'];
  const ended = spawnSync('strace', words, { encoding: 'utf8', timeout: 600_000 });
  const { status, signal, stderr } = ended;
  if (![0, 1, 2, 3].includes(status)) {
    throw new Error(`${what}: it ended with ${signal ?? status}\n${stderr}`);
  }
  // Node itself could not load a module, before there was anything to lose.
  const loading = /open '[^']*\.(m?js|json|node|wasm)'/.test(stderr);
  if (/\n\s+at /.test(stderr) && !loading) throw new Error(`${what}: a stack trace\n${stderr}`);
  if (existsSync(join(out, 'lock'))) throw new Error(`${what}: the lock was left\n${stderr}`);
  if (existsSync(out)) await checkFiles(out);
  await finish(start(out));
  await expectSame(out, `after ${what}`);
  rmSync(out, { recursive: true });
  return status;
}

if (spawnSync('strace', ['-V']).status !== 0) {
  console.log('no faults injected: there is no strace here (Debian: apt-get install strace)');
} else {
  for (const [name, fault] of Object.entries(faults)) {
    const codes = new Map();
    for (let index = 0; index < Number(values.faults); index++) {
      const code = await faultCase(name, fault, index);
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    const said = [...codes].map(([code, times]) => `${times} × exit ${code}`).join(', ');
    console.log(`faults in ${name}: ${said}; each went on to the numbers of the undisturbed run`);
  }
}
rmSync(folder, { recursive: true });
