import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../../errors.js';
import { makeFolder } from '../../make-folder.js';
import type { NpmPackage } from './catalogue.js';

/**
 * Installs one version of a package below `folder` by npm, without its scripts and dependencies, and
 * checks that what npm unpacked has the expected sum.
 * @returns the package's folder
 * @throws DataError when npm is missing or fails, with its own words, or the sum is another one
 * @throws the signal's reason when it aborts
 */
export async function installPackage(
  { name, version, integrity }: NpmPackage,
  folder: string,
  signal?: AbortSignal,
): Promise<string> {
  await makeFolder(folder);
  // npm installs into the nearest folder with a package.json: this one.
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
  const what = `${name}@${version}`;
  const flags = ['--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund'];
  const { status, output } = await runNpm(['install', ...flags, what], folder, signal);
  if (status !== 0) {
    throw new DataError(
      `npm could not get ${what} (exit ${status}): ${output.trim().slice(-400) || 'no message'}`,
    );
  }
  const lock = JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8')) as {
    packages?: Record<string, { integrity?: string }>;
  };
  const actual = lock.packages?.[`node_modules/${name}`]?.integrity;
  if (actual !== integrity) {
    throw new DataError(`${what}: npm got a package of the sum ${actual}, expected ${integrity}`);
  }
  return join(folder, 'node_modules', name);
}

async function runNpm(
  args: readonly string[],
  cwd: string,
  signal: AbortSignal | undefined,
): Promise<{ status: number; output: string }> {
  return new Promise((resolve, reject) => {
    // A shell, because npm is a batch file on Windows; no argument holds anything but names.
    const npm = spawn(['npm', ...args].join(' '), {
      cwd,
      shell: true,
      stdio: ['ignore', 'ignore', 'pipe'],
      ...(signal && { signal }),
    });
    let output = '';
    npm.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    npm.on('error', (error) => {
      reject(signal?.aborted ? (signal.reason as Error) : new DataError(`npm: ${error.message}`));
    });
    npm.on('close', (status) => resolve({ status: status ?? 1, output }));
  });
}
