import {
  parallelDataSet,
  type ParallelDataSet,
  type UsedFile,
} from '../../data/acquire/known-data.js';
import { languagesOf } from './languages.js';
import type { AttentionResult } from './result.js';

type Used = Pick<AttentionResult, 'config' | 'files'>;

/** The parts of Multi30k that a run reads. */
const multi30kParts = ['train', 'val', 'test_2016_flickr', 'test_2017_flickr'];

/** The files that a run read; of version 0.1.0, which kept no fingerprints, those that it names. */
function filesOf({ config: { corpus }, files }: Used): readonly UsedFile[] {
  if (files) return files;
  const languages = Object.values(languagesOf(corpus));
  const both = (part: string) => languages.map((language) => `${part}.${language}`);
  const named = (dataSet: string, uses: readonly string[]) =>
    uses.map((use) => ({ use, name: `${dataSet}/${use}` }));
  switch (corpus.source) {
    case 'multi30k':
      return named('multi30k-fr-en', multi30kParts.flatMap(both));
    case 'tatoeba':
      return named('tatoeba-fr-en', ['fra.txt']);
    case 'wmt14':
      return named('wmt14-fr-en', ['newstest2013', 'newstest2014'].flatMap(both));
    case 'synthetic':
    case 'files':
    case 'table':
      return [];
  }
}

/** The data set that the run's text is, by what the files hold. */
export const dataSetOf = (result: Used): ParallelDataSet | undefined =>
  parallelDataSet(filesOf(result));

/** What the text is called: its data set, generated text, or text in the place of a data set. */
export function corpusTitle(result: Used): string {
  const { corpus } = result.config;
  const { source } = corpus;
  if (source === 'files') return ownTitle(corpus.train.source, corpus.train.target);
  if (source === 'table') return ownTitle(corpus.train);
  return source === 'synthetic' || dataSetOf(result) ? source : `other text in place of ${source}`;
}

/** Files of one's own by the last parts of their paths: 'train.it and train.en'. */
const ownTitle = (...paths: string[]) =>
  paths.map((path) => path.split(/[\\/]/).at(-1)!).join(' and ');

/** What parallel text is beside the paper's, of which it is known. */
export const corpusKinds: Record<ParallelDataSet, string> = {
  'multi30k-fr-en':
    'its data are the news translation task’s, thirty times as many pairs with longer sentences; ' +
    'ours are image captions',
  'tatoeba-fr-en':
    'its data are the news translation task’s, more pairs with longer sentences; ours are ' +
    'sentences for learners',
  'wmt14-fr-en': 'its sample of the training pairs is another one',
};
