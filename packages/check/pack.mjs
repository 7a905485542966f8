// Packs what is built and installs it as a stranger would.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publishedManifest } from '../manifest.mjs';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Runs a command in a folder.
 * @returns what it printed to stdout
 * @throws Error with its output when it fails
 */
export function run(command, args, cwd = root) {
  const windows = process.platform === 'win32';
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    shell: windows,
    maxBuffer: 2 ** 28,
  });
  if (error) throw error;
  if (status === 0) return stdout;
  throw new Error(
    `${command} ${args.join(' ')} in ${cwd} ended with ${status}:\n${stdout}${stderr}`,
  );
}

/** Packs a folder into another; the tarball's path and what npm says of it. */
function packed(from, folder) {
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder, from];
  const about = JSON.parse(run('npm', args))[0];
  return { ...about, path: join(folder, about.filename) };
}

export const packCore = (folder) => packed('./dist-packages/core', folder);

/** Packs what is built, the three packages. */
export function pack(folder) {
  // Of a copy: the clone's own manifest stays as it is, whoever reads it meanwhile.
  const stage = join(folder, 'stage');
  const manifest = publishedManifest();
  mkdirSync(stage, { recursive: true });
  // npm leaves out what `!` is before.
  const files = manifest.files.filter((name) => !name.startsWith('!'));
  for (const name of [...files, 'README.md', 'LICENSE', 'CHANGELOG.md']) {
    cpSync(join(root, name), join(stage, name), { recursive: true });
  }
  writeFileSync(join(stage, 'package.json'), JSON.stringify(manifest, null, 2));
  return {
    didyprog: packed(stage, folder),
    core: packCore(folder),
    layers: packed('./dist-packages/layers', folder),
  };
}

/**
 * A fresh project with these tarballs and packages installed.
 * @param files its files by name
 * @param more further options of npm
 */
export function project(folder, { manifest = {}, install = [], files, more = [] }) {
  mkdirSync(folder, { recursive: true });
  const about = { name: 'stranger', private: true, type: 'module', ...manifest };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(about));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  if (install.length > 0) run('npm', ['install', ...quiet, ...more, ...install], folder);
}

/** The same, or false and a line that says so where npm cannot reach its registry. */
export function tryProject(folder, options) {
  try {
    project(folder, options);
    return true;
  } catch (error) {
    const unreachable =
      /ENOTFOUND|ECONNREFUSED|ECONNRESET|EAI_AGAIN|ETIMEDOUT|ENOTCACHED|ERR_SOCKET/;
    if (!unreachable.test(String(error))) throw error;
    console.log(`skipped: npm cannot reach its registry for ${options.install.join(', ')}`);
    return false;
  }
}
