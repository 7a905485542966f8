// npm run fuzz: runs every property test again and again, each time from another seed, until the time
// is up. It ends at the first failure and prints how to repeat it.
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const usage = `npm run fuzz -- [options] [part of a file's name …]
  --minutes N   how long (default 10); the files under way are finished
  --workers N   how many files at once (default 2)
  --seed N      one round from this seed instead of random ones
  --path P      with --seed, FILE and --test: only the inputs on this path, as fast-check prints it
  --test NAME   only the tests whose name holds this`;

/** A file that takes longer than this hangs. */
const longestMinutes = 30;

const { values: options, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string', default: '10' },
    workers: { type: 'string', default: '2' },
    seed: { type: 'string' },
    path: { type: 'string' },
    test: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const [minutes, workers] = [Number(options.minutes), Number(options.workers)];
if (options.help || !(minutes > 0) || !(workers >= 1)) {
  console.log(usage);
  process.exit(options.help ? 0 : 2);
}

const files = ['src', 'test']
  .flatMap((room) => readdirSync(room, { recursive: true }).map((file) => join(room, file)))
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.test.ts') && !file.endsWith('.long.test.ts'))
  .filter((file) => /from 'fast-check'/.test(readFileSync(file, 'utf8')))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)));
// Another order every time, so that a short run does not leave out the same ones.
for (let at = files.length - 1; at > 0; at--) {
  const other = randomInt(at + 1);
  [files[at], files[other]] = [files[other], files[at]];
}
if (files.length === 0) {
  console.error(`no property test is in a file named like ${wanted.join(' or ')}`);
  process.exit(2);
}

const until = Date.now() + minutes * 60_000;
const running = new Set();
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    for (const child of running) end(child);
    process.exit(1);
  });
}
let [started, failed] = [0, false];
const goesOn = () =>
  !failed && (options.seed === undefined ? Date.now() < until : started < files.length);
await Promise.all(Array.from({ length: workers }, work));
if (failed) process.exit(1);
const left = files.slice(started);
if (left.length > 0) console.log(`no time was left for ${left.join(', ')}`);
console.log(`no fault found: ${started} runs of ${files.length} files of property tests`);

async function work() {
  while (goesOn()) {
    const file = files[started++ % files.length];
    const seed = options.seed ?? String(randomInt(2 ** 31));
    const beginning = Date.now();
    const { code, output } = await runFile(file, seed);
    const seconds = Math.round((Date.now() - beginning) / 1000);
    if (code === 0) {
      console.log(`ok     ${file} --seed ${seed} (${seconds} s)`);
    } else if (!failed) {
      failed = true;
      for (const child of running) end(child);
      console.log(output);
      console.log(
        `FAILED ${file} (${code ?? `it took longer than ${longestMinutes} minutes`})\n` +
          `Repeat with: npm run fuzz -- --seed ${seed} ${file}\n` +
          `or add --test NAME --path PATH, with the name and the path shown above`,
      );
    }
  }
}

/** Runs one test file from a seed in a process of its own, so that one that hangs can be ended. */
function runFile(file, seed) {
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--maxWorkers', '1', file];
  for (const timeout of ['--testTimeout', '--hookTimeout']) {
    args.push(timeout, String(longestMinutes * 60_000));
  }
  if (options.test) args.push('--testNamePattern', options.test);
  const env = { ...process.env, DIDYPROG_FUZZ_SEED: seed };
  if (options.path) env.DIDYPROG_FUZZ_PATH = options.path;
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { env, detached: process.platform !== 'win32' });
    running.add(child);
    const alarm = setTimeout(() => end(child), longestMinutes * 60_000);
    let output = '';
    child.stdout.on('data', (text) => (output += text));
    child.stderr.on('data', (text) => (output += text));
    child.on('close', (code) => {
      running.delete(child);
      clearTimeout(alarm);
      resolve({ code, output });
    });
  });
}

/** Ends a run with the workers that it has started: one that hangs hears nothing else. */
function end(child) {
  if (process.platform === 'win32') child.kill();
  else process.kill(-child.pid, 'SIGKILL');
}
