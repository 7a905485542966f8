import { counted } from '../../counted.js';
import {
  conllLanguage,
  conllTitle,
  type ConllLanguage,
  type UsedFile,
} from '../../data/acquire/known-data.js';
import type { NerResult } from './result.js';

type Used = Pick<NerResult, 'config' | 'files'>;

/** The files that a run read; of version 0.1.0, which kept no fingerprints, those that it names. */
function filesOf({ config: { data, vectors }, files }: Used): readonly UsedFile[] {
  if (files) return files;
  const named = vectors ? [{ use: 'vectors', name: vectors.path }] : [];
  if (data.source === 'synthetic') return named;
  const parts = (['train', 'development', 'test'] as const).flatMap((use) => {
    const name = data[use];
    return typeof name === 'string' ? [{ use, name }] : [];
  });
  return [...parts, ...named];
}

/**
 * The language of the shared task that the run's data is, by what the files hold. Other columns of
 * the same files are another task.
 */
export function languageOf(result: Used): ConllLanguage | undefined {
  const { data } = result.config;
  if (data.source !== 'synthetic' && data.columns !== undefined) return undefined;
  return conllLanguage(filesOf(result));
}

export const vectorsOf = (result: Used) => filesOf(result).find(({ use }) => use === 'vectors');

/** The training file's name; of one's own the last part of its path. */
function trainingFile({ config: { data } }: Used): string {
  const name = String(data.train);
  return data.source === 'files' ? name.split(/[\\/]/).at(-1)! : name;
}

/** What the data is: a shared task's, generated, or the name of the training file. */
export function dataTitle(result: Used): string {
  const { data } = result.config;
  if (data.source === 'synthetic') return 'Generated sentences';
  const language = languageOf(result);
  const title = language ? conllTitle(language) : trainingFile(result);
  return data.sentences === undefined
    ? title
    : `${title}, the first ${counted(data.sentences, 'sentence')}`;
}
