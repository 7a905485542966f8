import { spawn } from 'node:child_process';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DataError } from '../../errors.js';
import { makeFolder } from '../../make-folder.js';
import { parseJson, readTextFile } from '../../read-file.js';
import type { NpmPackage } from './catalogue.js';

/** What npm writes down of a package that it has installed. */
const lockSchema = z.object({ packages: z.record(z.string(), z.unknown()) });
const lockedSchema = z.object({ integrity: z.string() });

/** How often it is looked whether npm has written more than it may. */
const lookEveryMs = 200;

/**
 * Installs one version of a package below `folder` by npm, without its scripts and dependencies, and
 * checks that what npm unpacked has the expected sum. npm's cache is below `folder`, too, so that all
 * that it writes is seen.
 * @param maxBytes of all that npm writes, the packed and the unpacked package
 * @returns the package's folder
 * @throws DataError when npm is missing or fails, with its own words, writes more, or the sum is
 *   another one
 * @throws the signal's reason when it aborts
 */
export async function installPackage(
  { name, version, integrity }: NpmPackage,
  folder: string,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<string> {
  await makeFolder(folder);
  // npm installs into the nearest folder with a package.json: this one.
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
  const what = `${name}@${version}`;
  const flags = [
    '--ignore-scripts',
    '--legacy-peer-deps',
    '--no-audit',
    '--no-fund',
    '--cache=.npm',
  ];
  const tooLarge = new AbortController();
  const look = setInterval(() => {
    void bytesBelow(folder).then((bytes) => {
      if (bytes <= maxBytes) return;
      tooLarge.abort(
        new DataError(`${what}: npm has written more than the ${maxBytes} bytes allowed`),
      );
    });
  }, lookEveryMs);
  const signals = AbortSignal.any([tooLarge.signal, ...(signal ? [signal] : [])]);
  const { status, output } = await runNpm(['install', ...flags, what], folder, signals).finally(
    () => clearInterval(look),
  );
  if (status !== 0) {
    throw new DataError(
      `npm could not get ${what} (exit ${status}): ${output.trim().slice(-400) || 'no message'}`,
    );
  }
  const path = join(folder, 'package-lock.json');
  const lock = lockSchema.safeParse(parseJson(await readTextFile(path), path));
  const locked = lockedSchema.safeParse(lock.data?.packages[`node_modules/${name}`]);
  const actual = locked.data?.integrity ?? 'unknown';
  if (actual !== integrity) {
    throw new DataError(`${what}: npm got a package of the sum ${actual}, expected ${integrity}`);
  }
  return join(folder, 'node_modules', name);
}

/** Of the files below a folder; those that come and go meanwhile count as they may. */
async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) =>
      stat(join(parentPath, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

async function runNpm(
  args: readonly string[],
  cwd: string,
  signal: AbortSignal,
): Promise<{ status: number; output: string }> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    // A shell, because npm is a batch file on Windows; no argument holds anything but names. A group
    // of its own, because npm has processes of its own.
    const group = process.platform !== 'win32';
    const npm = spawn(['npm', ...args].join(' '), {
      cwd,
      shell: true,
      detached: group,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const stop = () => {
      if (group && npm.pid !== undefined) process.kill(-npm.pid, 'SIGKILL');
      else npm.kill();
    };
    signal.addEventListener('abort', stop);
    let output = '';
    npm.stderr.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-10_000);
    });
    npm.on('error', (error) => reject(new DataError(`npm: ${error.message}`)));
    npm.on('close', (status) => {
      signal.removeEventListener('abort', stop);
      if (signal.aborted) reject(signal.reason as Error);
      else resolve({ status: status ?? 1, output });
    });
  });
}
