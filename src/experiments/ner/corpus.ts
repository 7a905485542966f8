import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readConll, type TaggedSentence } from '../../data/readers/conll.js';
import { syntheticCorpus } from '../../data/synthetic/sentences.js';
import { readWordVectors, type WordVectors } from '../../data/readers/word-vectors.js';
import { DataError } from '../../errors.js';
import { notice } from '../../runner/notice.js';
import type { DataFiles } from '../../runner/data-files.js';
import type { NerConfig } from './config.js';
import { vectorKeys } from './lexicon.js';

/** The sentences of an experiment, tagged in IOBES. */
export interface Corpus {
  train: TaggedSentence[];
  development: TaggedSentence[];
  test: TaggedSentence[];
}

/** The name of a part of the corpus. */
export type Split = keyof Corpus;

/**
 * The sentences that a config asks for, read or generated.
 * @throws DataError as `readConll`; for a file that is missing, with the command that gets it
 */
export async function loadCorpus({ data }: NerConfig, files: DataFiles): Promise<Corpus> {
  if (data.source === 'synthetic') return syntheticCorpus(data);
  const read = async (split: Split) => {
    const file = files.note(dataFile(files.folder, data[split], data.dataSet), split);
    return (await readConll(file, { columns: data.columns, notify: notice })).sentences;
  };
  const [train, development, test] = await Promise.all(
    (['train', 'development', 'test'] as const).map(read),
  );
  return { train: train!.slice(0, data.sentences), development: development!, test: test! };
}

/**
 * The pretrained vectors of a corpus' words, or undefined when the config names none.
 * @throws DataError as `readWordVectors`, or when the file is missing
 */
export async function loadVectors(
  { vectors, model }: NerConfig,
  corpus: Corpus,
  files: DataFiles,
): Promise<WordVectors | undefined> {
  if (!vectors) return undefined;
  const wanted = new Set<string>();
  for (const sentences of Object.values(corpus) as TaggedSentence[][]) {
    for (const { words } of sentences) {
      for (const word of words) for (const key of vectorKeys(word, model)) wanted.add(key);
    }
  }
  const path = files.note(dataFile(files.folder, vectors.path, vectors.dataSet), 'vectors');
  return readWordVectors(path, (word) => wanted.has(word), notice);
}

function dataFile(dataFolder: string, path: string, dataSet: string | undefined): string {
  const file = join(dataFolder, ...path.split('/'));
  if (existsSync(file)) return file;
  const command = dataSet
    ? `get it with: didyprog data ${dataSet}`
    : 'it is named by the config (vectors.path, below the data folder)';
  throw new DataError(
    `${file} is not there; ${command}, or say where the data folder is by --data`,
  );
}
