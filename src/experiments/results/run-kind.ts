import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, UsageError } from '../../errors.js';
import { fileProblem } from '../../input-file.js';
import { isThere } from '../../make-folder.js';
import { parseJson, readTextFile } from '../../read-file.js';
import { findRuns } from '../../runner/run/recorded-run.js';
import { entryOf } from '../../runner/config/schema-keys.js';
import { shellCommand } from '../../shell-words.js';

/** What can use a run of each kind, and `didyprog evaluate` all of them. */
const users = {
  tagger: 'tag',
  translator: 'translate',
  aligner: 'align file --model',
} as const;

export type RunKind = keyof typeof users;

/** Whether a file is an aligner's: `model.json` of its kinds has one of these keys. */
async function holdsModel(file: string): Promise<boolean> {
  try {
    const value = parseJson(await readTextFile(file), file);
    return ['weights', 'parameters'].some((key) => entryOf(value, key) !== undefined);
  } catch {
    return false;
  }
}

/** What a run directory holds, or a model.json by itself, by the files that are in it. */
export async function kindOfRun(run: string): Promise<RunKind | undefined> {
  const names = await readdir(run).catch(async (error: NodeJS.ErrnoException) =>
    error.code === 'ENOTDIR' && (await holdsModel(run)) ? ['model.json'] : [],
  );
  if (names.includes('vocabulary.json')) return 'translator';
  if (names.includes('lexicon.json')) return 'tagger';
  return names.includes('model.json') ? 'aligner' : undefined;
}

/**
 * Call before reading the files of a kind of run: what another kind lacks of them tells little.
 * @throws UsageError for a run of another kind, with the command that uses it, or a file that is no model
 * @throws DataError for a folder that is missing, or holds runs and is none
 */
export async function requireKind(run: string, expected: RunKind): Promise<void> {
  const kind = await kindOfRun(run);
  if (kind === expected) return;
  if (kind === undefined) {
    // What is wrong with a damaged model, its reader says.
    const isModel = expected === 'aligner' && run.endsWith('.json');
    if (isModel) return;
    if ((await fileProblem(run)) !== undefined) return refuseFolder(run, expected);
    const model = expected === 'aligner' ? ', or the model.json of one,' : '';
    throw new UsageError(
      `${run} is a file: the run directory of ${withArticle(expected)}${model} is expected`,
    );
  }
  throw new UsageError(
    `${run} is ${withArticle(kind)}, not ${withArticle(expected)}: use didyprog ${users[kind]}`,
  );
}

/** What is merely no run of the kind, the reader of its files says. */
async function refuseFolder(folder: string, expected: RunKind): Promise<void> {
  const runs = await findRuns(folder, 2);
  if (runs.includes(folder)) return;
  if (runs.length === 0) {
    if (!(await isThere(join(folder, 'sweep.json')))) return;
    throw new DataError(
      `${folder} is a sweep, none of whose runs has begun: ${shellCommand(['didyprog', 'resume', folder])} starts them`,
    );
  }
  const kinds = await Promise.all(runs.map(kindOfRun));
  const one = runs[Math.max(0, kinds.indexOf(expected))]!;
  throw new DataError(`${folder} is a folder of runs, not a run: give one of them, such as ${one}`);
}

/** 'a tagger', 'an aligner'. */
export const withArticle = (kind: RunKind) => `${kind === 'aligner' ? 'an' : 'a'} ${kind}`;
