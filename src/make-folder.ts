import { rmdirSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it that are missing. Unlike Node's own `recursive`, which asks for
 * ever where a folder above answers "missing" and stays so (a deleted working folder, /proc), it
 * comes to an end, and its error is that of the folder which could not be made.
 * @returns the folders that were made, the lowest first
 */
export async function makeFolder(path: string): Promise<string[]> {
  try {
    await mkdir(path);
    return [path];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (await isFolder(path)) return [];
    const above = dirname(path);
    if (code !== 'ENOENT' || above === path) throw error;
    const made = await makeFolder(above);
    // Made just now, by this process or another: a second "missing" is the file system's last word.
    await mkdir(path).catch(async (again: unknown) => {
      if (!(await isFolder(path))) throw again;
    });
    return [path, ...made];
  }
}

/** Removes folders that are empty, the lowest first. */
export function removeEmpty(folders: readonly string[]): void {
  for (const folder of folders) {
    try {
      rmdirSync(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return;
    }
  }
}

/** Whether there is anything; false also for what cannot be looked at. */
export const isThere = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Whether there is a folder; false also for what cannot be looked at. */
export const isFolder = (path: string) =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
