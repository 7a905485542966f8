import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../../errors.js';
import { parseJson } from '../../read-file.js';
import { shellCommand } from '../../shell-words.js';

/**
 * The value of the JSON that says what came out of a run.
 * @param run its directory
 * @throws DataError that says how to make a damaged one again
 */
export async function parseResult(text: string, run: string, name: string): Promise<unknown> {
  try {
    return parseJson(text, join(run, name));
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    const saved = await readdir(join(run, 'checkpoint')).catch(() => []);
    const resume = shellCommand(['didyprog', 'resume', run]);
    const how =
      saved.length > 0
        ? `with that file moved away, ${resume} makes it again from the checkpoint`
        : 'there is no checkpoint to make it again from: bring the file back, or run again with another --out';
    throw new DataError(`${error.message}; ${how}`);
  }
}
