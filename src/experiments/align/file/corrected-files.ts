import { constants } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { z } from 'zod';
import { readTextIfThere, readWholeFile } from '../../../read-file.js';
import { storageError } from '../../../runner/write-aside.js';
import type { OnsetEvent } from './onset-files.js';

const writtenSchema = z.object({
  events: z.array(
    z.object({
      event: z.int().min(0).optional(),
      onsetSeconds: z.number(),
      scoreOnsetSeconds: z.number(),
      pitches: z.array(z.number()),
      interval: z.tuple([z.number(), z.number()]).optional(),
    }),
  ),
});

/**
 * The onsets that an earlier alignment wrote as JSON.
 * @param events how many the score has
 * @returns undefined where there are none of such a score, or they cannot be read any more
 */
export async function eventsWritten(
  path: string,
  events: number,
): Promise<OnsetEvent[] | undefined> {
  try {
    const written = writtenSchema.parse(JSON.parse((await readTextIfThere(path)) ?? 'null'));
    const isOfScore = written.events.every(({ event }, at) => (event ?? at) < events);
    return isOfScore ? (written.events as OnsetEvent[]) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Keeps a file that is about to be replaced and that someone else wrote, or corrected: a copy of it,
 * under the first number that is free.
 * @param ours what this program has written there, or would write: nothing of it is lost
 * @returns the copy's path; undefined where none is needed
 * @throws StorageError when it cannot be written
 */
export async function keepCorrected(
  path: string,
  ours: readonly (string | Uint8Array)[],
): Promise<string | undefined> {
  const there = await readWholeFile(path).catch((error: NodeJS.ErrnoException) => {
    // What is there and cannot be read must not be replaced.
    if (error.code === 'ENOENT') return undefined;
    throw storageError(path, error);
  });
  if (!there || ours.some((content) => there.equals(Buffer.from(content as Uint8Array)))) {
    return undefined;
  }
  for (let number = 1; ; number++) {
    const kept = `${path}.${number}`;
    try {
      await copyFile(path, kept, constants.COPYFILE_EXCL);
      return kept;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw storageError(kept, error);
    }
  }
}
