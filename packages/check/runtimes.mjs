// `npm run check:runtimes`: runs the packed core on every runtime that npm gives, and under their
// permissions, and prints what passed. What npm cannot give here is said. With --ends, as in `npm test`,
// the oldest Node that package.json allows and the newest alone.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packCore, project } from './pack.mjs';

const folder = mkdtempSync(join(tmpdir(), 'didyprog-runtimes-'));
const program = join(folder, 'core/program.mjs');
const ends = process.argv.includes('--ends');
let failed = 0;

/** Runs a command and prints a row of the table. */
function row(name, command, args, cwd = join(folder, 'core')) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  const passed = status === 0;
  if (!passed) failed++;
  const said = passed
    ? stdout.trim().split('\n').at(-1)
    : String(error ?? stderr)
        .trim()
        .slice(0, 400);
  console.log(`| ${name} | ${passed ? 'passed' : 'FAILED'} | ${said} |`);
}

/** Installs a package from npm beside the project; undefined where it cannot be had. */
function fromNpm(name) {
  const at = join(folder, name.replace(/[^a-z0-9]/g, '-'));
  try {
    project(at, { install: [name], files: {} });
    return at;
  } catch (error) {
    console.log(`| ${name} | not to be had | ${error.message.split('\n').at(-2)?.slice(0, 100)} |`);
    return undefined;
  }
}

/** The first file of this name below a folder: the binary is in a package for the platform. */
function binary(at, name) {
  const usual = join(at, 'node_modules', name, 'bin', name);
  if (existsSync(usual)) return usual;
  const found = readdirSync(join(at, 'node_modules'), {
    recursive: true,
    withFileTypes: true,
  }).find((entry) => entry.isFile() && (entry.name === name || entry.name === `${name}.exe`));
  return found && join(found.parentPath, found.name);
}

try {
  const core = packCore(folder);
  project(join(folder, 'core'), { install: [core.path], files: {} });
  copyFileSync(fileURLToPath(new URL('program.mjs', import.meta.url)), program);
  console.log('| runtime | | |\n| --- | --- | --- |');
  for (const version of ends ? ['20.19.0', 'latest'] : ['20.19.0', '20', '22', '24', 'latest']) {
    const at = fromNpm(`node@${version}`);
    const node = at && binary(at, 'node');
    if (!node) continue;
    const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
    const name = `Node ${stdout.trim()}`;
    row(name, node, [program]);
    row(`${name}, require`, node, [
      '-e',
      "console.log(require('@didyprog/core').omegaNames.length)",
    ]);
    const permission = version.startsWith('20') ? '--experimental-permission' : '--permission';
    row(`${name} ${permission}`, node, [permission, '--allow-fs-read=*', program]);
    row(`${name} --disable-wasm-trap-handler`, node, ['--disable-wasm-trap-handler', program]);
  }
  const bun = ends ? undefined : fromNpm('bun');
  if (bun) row('Bun', binary(bun, 'bun') ?? 'bun', [program]);
  const deno = ends ? undefined : fromNpm('deno');
  if (deno) {
    const path = binary(deno, 'deno') ?? 'deno';
    row('Deno', path, ['run', '--no-prompt', '--allow-read', '--allow-env', program]);
    row('Deno without --allow-env', path, ['run', '--no-prompt', '--allow-read', program]);
  }
  const jest = ends ? undefined : fromNpm('jest');
  if (jest) {
    project(jest, {
      install: ['jest', core.path],
      files: {
        'chain.test.js': `const { linearChain } = require('@didyprog/core');
test('a chain', () => {
  const chain = linearChain({ batch: 1, time: 1, states: 2, omega: 'l2' });
  expect(chain.runsOn).toBe('kernels');
  expect(chain.gradient(Float32Array.of(1, 0, 0, 2)).gradient[3]).toBe(1);
});`,
      },
      manifest: { type: 'commonjs' },
    });
    row('Jest, no settings', process.execPath, ['node_modules/jest/bin/jest.js', '--silent'], jest);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed > 0 ? 1 : 0;
