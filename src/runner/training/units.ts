import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { parseJson, readTextIfThere } from '../../read-file.js';
import { CheckpointError, readArrays, saveArrays } from '../checkpoint/checkpoint.js';
import { namedValues } from '../checkpoint/named-values.js';
import type { RunDirectory } from '../run/run-directory.js';

/** Saves the result of one finished unit of a run's work, with a checksum. `unit` becomes a file name. */
export async function saveUnit(directory: RunDirectory, unit: string, result: object) {
  await saveArrays(unitPath(directory, unit, 'bin'), { json: result, arrays: namedValues() });
}

/**
 * What `saveUnit` saved. A damaged file is set aside and counts as not saved, with a notice. Runs of
 * version 0.1.0 have JSON files.
 */
export async function loadUnit<Json>(
  directory: RunDirectory,
  unit: string,
  schema: z.ZodType<Json>,
): Promise<Json | undefined> {
  const path = unitPath(directory, unit, 'bin');
  try {
    const saved = await readArrays(path, schema);
    return saved ? saved.json : await loadPlainUnit(unitPath(directory, unit, 'json'), schema);
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    await directory.notice(`${error.message}; ${unit} is computed again`);
    return undefined;
  }
}

async function loadPlainUnit<Json>(path: string, schema: z.ZodType<Json>) {
  const text = await readTextIfThere(path);
  if (text === undefined) return undefined;
  try {
    return schema.parse(parseJson(text, path));
  } catch {
    await rename(path, `${path}.damaged`);
    throw new CheckpointError(`${path}: the file is damaged`);
  }
}

const unitPath = (directory: RunDirectory, unit: string, extension: string) =>
  join(directory.file('checkpoint'), `${unit}.${extension}`);
