import { stat } from 'node:fs/promises';
import { DataError } from './errors.js';

/** Pipes that another process of the same command line writes: `<(…)` and `-` by its file's name. */
const openPipes = /^\/(dev\/(fd\/\d+|stdin)|proc\/self\/fd\/\d+)$/;

/**
 * Why `path` cannot be read as a file: it is missing, a folder, a named pipe, on which a reader
 * would wait for ever, or a device. Call before opening what a user has named.
 * @returns undefined when it can
 */
export async function fileProblem(path: string): Promise<string | undefined> {
  if (path === '') return 'its name is empty';
  if (isOpenPipe(path)) return undefined;
  let found;
  try {
    found = await stat(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return 'there is no such file';
    if (code === 'ENOTDIR') return 'a folder on the way to it is a file';
    return code === 'EACCES' ? 'this user may not read it' : message;
  }
  return found.isFile() ? undefined : `it is ${kindOf(found)}; a file is expected`;
}

/** Whether `path` is a pipe that this process was given open: reading it ends. */
export const isOpenPipe = (path: string) => openPipes.test(path);

/** @throws DataError when `path` cannot be read as a file, as `fileProblem` says */
export async function requireFile(path: string): Promise<void> {
  const problem = await fileProblem(path);
  if (problem !== undefined) throw new DataError(`cannot read ${path}: ${problem}`);
}

/** What stands in a file's place, in words. */
export function kindOf(found: {
  isDirectory(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
  isSymbolicLink(): boolean;
}): string {
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a named pipe';
  if (found.isSocket()) return 'a socket';
  return found.isSymbolicLink() ? 'a symbolic link' : 'a device';
}
