// What `npm test` checks beside the tests: types, rules, format, and the packages as others install
// them. One more at once than there are cores, since some wait for npm; each one's output comes when it is
// done.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

const checks = ['check:installed', 'check:rules', 'check:format', 'check:types', 'check:ends'];

/** Runs a script of package.json; true if it passed. */
const run = (script) =>
  new Promise((resolve) => {
    const child = spawn('npm', ['run', '--silent', script], {
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    const output = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (part) => output.push(part));
    }
    child.on('error', (error) => output.push(Buffer.from(`${error.message}\n`)));
    child.on('close', (status) => {
      process.stdout.write(Buffer.concat(output));
      if (status !== 0) console.error(`npm run ${script} failed (${status ?? 'killed'})`);
      resolve(status === 0);
    });
  });

const waiting = [...checks];
let passed = true;
await Promise.all(
  Array.from({ length: Math.min(availableParallelism() + 1, checks.length) }, async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      passed = (await run(next)) && passed;
    }
  }),
);
process.exitCode = passed ? 0 : 1;
