import { resolve, sep } from 'node:path';

/** What holds in a folder before anything is written there, by the folder's absolute path. */
const guards = new Map<string, () => Promise<void>>();

/** Has `check` called before each write in `folder` and below. @returns what ends that */
export function guardFolder(folder: string, check: () => Promise<void>): () => void {
  const key = resolve(folder);
  guards.set(key, check);
  return () => {
    if (guards.get(key) === check) guards.delete(key);
  };
}

/** The guards of the folders around a path. */
function guardsOf(path: string): [folder: string, check: () => Promise<void>][] {
  if (guards.size === 0) return [];
  const target = resolve(path);
  return [...guards].filter(([folder]) => target === folder || target.startsWith(folder + sep));
}

/** The folders around a path that this process works in: the directories of a run and its sweep. */
export const guardedFolders = (path: string) => guardsOf(path).map(([folder]) => folder);

/** Call before a write that counts. @throws what the guards of the folders around `path` throw */
export async function checkGuards(path: string): Promise<void> {
  for (const [, check] of guardsOf(path)) await check();
}
