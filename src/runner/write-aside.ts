import { randomUUID } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import {
  appendFile,
  copyFile,
  link,
  lstat,
  open,
  realpath,
  rename,
  rm,
  type FileHandle,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StorageError } from '../errors.js';
import { kindOf } from '../input-file.js';
import { makeFolder, removeEmpty } from '../make-folder.js';
import { checkGuards, guardedFolders } from './folder-guard.js';

/**
 * Writes a file aside, syncs it and renames it into place: a reader sees the old content or the
 * new, never a part, whenever the writer is killed or the power goes.
 * @param content the content, or parts of it in order
 * @param beforeRename called when the new file is complete, just before it takes its place
 * @throws StorageError when the disk is full or the folder cannot be written; `path` is then as
 *   it was
 * @throws LostLockError when another process has taken over the run that `path` belongs to
 */
export function writeAside(
  path: string,
  content: Content,
  beforeRename?: () => Promise<void>,
): Promise<void> {
  return write(path, content, async (aside, target) => {
    await beforeRename?.();
    await rename(aside, target);
  });
}

/** The same for a file that is not there yet: of two that write it at once, one throws a StorageError. */
export function writeNew(path: string, content: Content): Promise<void> {
  return write(path, content, async (aside, target) => {
    await link(aside, target).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') throw error;
      // The file system has no links.
      return copyFile(aside, target, constants.COPYFILE_EXCL);
    });
    await rm(aside);
  });
}

type Content = string | Uint8Array | readonly Uint8Array[];

/** Writes a file aside, and has `place` bring it to where it belongs. */
async function write(
  path: string,
  content: Content,
  place: (aside: string, target: string) => Promise<void>,
): Promise<void> {
  let aside: string | undefined;
  try {
    const target = await targetOf(path);
    aside = `${target}.${randomUUID()}.part`;
    const file = await open(aside, 'wx');
    try {
      if (Array.isArray(content)) await writeParts(file, content as readonly Uint8Array[]);
      else await file.writeFile(content as string | Uint8Array);
      await file.sync();
    } finally {
      await file.close();
    }
    await checkGuards(path);
    await place(aside, target);
    await syncFolder(dirname(target));
  } catch (error) {
    if (aside !== undefined) await rm(aside, { force: true }).catch(() => undefined);
    // Who has taken a run over clears away the files that were being written there.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') await checkGuards(path);
    throw storageError(path, error);
  }
}

/** The text of a JSON file that people may read: a line an entry. */
export const jsonText = (value: unknown): string => `${JSON.stringify(value, undefined, 1)}\n`;

/** Adds text to the end of a file; throws as `writeAside`. */
export async function appendText(path: string, text: string): Promise<void> {
  try {
    await checkGuards(path);
    await appendFile(path, text);
  } catch (error) {
    throw storageError(path, error);
  }
}

/** Does `work` on a file that it opens, and closes it. @throws StorageError */
export async function inFile<T>(
  path: string,
  flags: string,
  work: (file: FileHandle) => Promise<T>,
): Promise<T> {
  try {
    const file = await open(path, flags);
    try {
      return await work(file);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw storageError(path, error);
  }
}

/** Makes a folder and those above it. @returns as `makeFolder` @throws StorageError */
export async function makeOutputFolder(path: string): Promise<string[]> {
  try {
    return await makeFolder(path);
  } catch (error) {
    throw storageError(path, error);
  }
}

/**
 * Makes a folder for what `work` writes. Where that cannot be written, as on a full disk, the folders that were
 * made go again as far as they are empty.
 * @param work gets the folders that were made, the lowest first
 */
export async function inOutputFolder<T>(
  path: string,
  work: (made: readonly string[]) => Promise<T>,
): Promise<T> {
  const made = await makeOutputFolder(path);
  try {
    return await work(made);
  } catch (error) {
    if (error instanceof StorageError) removeEmpty(made);
    throw error;
  }
}

/** The file to replace: what a link leads to, so that the link stays. Nothing but a file is replaced. */
async function targetOf(path: string): Promise<string> {
  const found = await lstat(path).catch(() => undefined);
  if (!found || found.isFile()) return path;
  const target = found.isSymbolicLink() ? await realpath(path) : path;
  const there = await lstat(target);
  if (there.isFile()) return target;
  throw new StorageError(`cannot write ${path}: it is ${kindOf(there)}; a file is expected`);
}

async function writeParts(file: FileHandle, parts: readonly Uint8Array[]): Promise<void> {
  for (const part of parts) {
    // One write may take only some of the bytes.
    for (let done = 0; done < part.length;) {
      done += (await file.write(part, done)).bytesWritten;
    }
  }
}

/** Makes a rename last through a power cut. Where folders cannot be synced, nothing more is done. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch {
    // Windows and some network file systems do not sync folders.
  }
}

const advice: Record<string, string> = {
  ENOSPC: 'the disk is full: free some space',
  EDQUOT: 'your quota is used up: free some space',
  EROFS: 'the file system is read-only: choose another place',
  EACCES: 'this user may not write there: change the permissions or choose another place',
  EPERM: 'this user may not write there: change the permissions or choose another place',
  EIO: 'the disk failed',
  EFBIG: 'the file would be larger than is allowed here',
  ENOENT: 'the folder is missing, or the file system takes no new files there',
  ENOTDIR: 'a folder on the way to it is a file',
  EEXIST: 'a file is in the way',
  EISDIR: 'a folder is in the way',
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'its links lead in a circle',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open on this machine',
  EBUSY: 'another program uses it',
  ESTALE: 'the network file system lost it',
  ETIMEDOUT: 'the network file system does not answer',
};

/** An error of writing `path`, in words; errors of another kind are returned as they are. */
export function storageError(path: string, error: unknown): unknown {
  const { code = '' } = error as NodeJS.ErrnoException;
  const what = advice[code];
  if (what === undefined) return error;
  const isBegun = guardedFolders(path).some((folder) => existsSync(join(folder, 'config.yaml')));
  return new StorageError(
    `cannot write ${path}: ${what}` +
      (isBegun ? '. What was saved before is unharmed; the run continues with --resume' : ''),
  );
}
