import { open, rename, rm } from 'node:fs/promises';

/**
 * Writes a file aside, syncs it and renames it into place: a reader sees the old content or the
 * new, never a part, whenever the writer is killed.
 */
export async function writeAside(path: string, content: string | Uint8Array): Promise<void> {
  const aside = `${path}.${process.pid}.part`;
  try {
    const file = await open(aside, 'w');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}
