import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StorageError } from '../errors.js';

/**
 * Writes a file aside, syncs it and renames it into place: a reader sees the old content or the
 * new, never a part, whenever the writer is killed or the power goes.
 * @param content the content, or parts of it in order
 * @param beforeRename called when the new file is complete, just before it takes its place
 * @throws StorageError when the disk is full or the folder cannot be written; `path` is then as
 *   it was
 */
export async function writeAside(
  path: string,
  content: string | Uint8Array | readonly Uint8Array[],
  beforeRename?: () => Promise<void>,
): Promise<void> {
  const aside = `${path}.${process.pid}.part`;
  try {
    const file = await open(aside, 'w');
    try {
      if (Array.isArray(content)) await writeParts(file, content as readonly Uint8Array[]);
      else await file.writeFile(content as string | Uint8Array);
      await file.sync();
    } finally {
      await file.close();
    }
    await beforeRename?.();
    await rename(aside, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(aside, { force: true }).catch(() => undefined);
    throw storageError(path, error);
  }
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
};

/** An error of writing `path`, in words; errors of another kind are returned as they are. */
export function storageError(path: string, error: unknown): unknown {
  const { code = '' } = error as NodeJS.ErrnoException;
  const what = advice[code];
  if (what === undefined) return error;
  return new StorageError(
    `cannot write ${path}: ${what}. What was saved before is unharmed; ` +
      'a run continues with --resume',
  );
}
