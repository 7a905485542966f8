import { counted } from '../../counted.js';
import { join } from 'node:path';
import { readdir } from 'node:fs/promises';
import {
  collectPairs,
  hasBothSides,
  nameOf,
  readPairs,
  samplePairs,
  type PairUse,
  type ParallelFiles,
  type SentencePair,
} from '../../data/readers/text/parallel-text.js';
import { SeededRandom } from '../../random.js';
import { syntheticTranslation } from '../../data/synthetic/translation.js';
import { DataError } from '../../errors.js';
import { requireFile } from '../../input-file.js';
import { groupBy } from '../../report/group-by.js';
import { drawnParts } from '../drawn-parts.js';
import type { DataFiles } from '../../runner/run/data-files.js';
import type { CorpusConfig } from './config.js';
import { noticeEqual, noticeKnown, noticeWords } from './doubts.js';
import { checkSides, languagesOf } from './languages.js';

/** A named part of a corpus to evaluate on. */
export interface TestSet {
  name: string;
  pairs: SentencePair[];
}

export interface Corpus {
  languages: { source: string; target: string };
  training: SentencePair[];
  development: TestSet;
  /** Empty for files of one's own without test files. */
  tests: TestSet[];
}

/**
 * Loads a corpus; only WMT14's training files are larger than memory, and are sampled as they
 * stream by.
 * @param files where the data sets are; the files that are read are noted in it
 * @throws DataError when its files are not there, with the command that gets them, or not readable
 */
export async function loadCorpus(config: CorpusConfig, files: DataFiles): Promise<Corpus> {
  const languages = languagesOf(config);
  switch (config.source) {
    case 'multi30k':
      return withPairs({ languages, ...(await loadMulti30k(config, languages, files)) }, files);
    case 'tatoeba':
      return withPairs({ languages, ...(await loadTatoeba(config, files)) }, files);
    case 'wmt14':
      return withPairs({ languages, ...(await loadWmt14(config, languages, files)) }, files);
    case 'files':
      return withPairs({ languages, ...(await loadFiles(config, files)) }, files);
    case 'table':
      return withPairs({ languages, ...(await loadTable(config, files)) }, files);
    case 'synthetic': {
      const { training, development, test } = syntheticTranslation(config);
      const turned = (pairs: SentencePair[]) =>
        languages.source === 'fr' ? pairs : pairs.map(turn);
      return {
        languages,
        training: turned(training),
        development: { name: 'development', pairs: turned(development) },
        tests: [{ name: 'test', pairs: turned(test) }],
      };
    }
  }
}

/**
 * The corpus, when every part has a pair with both sides: without one its perplexity is NaN.
 * @throws DataError that names the part and its files
 */
function withPairs(corpus: Corpus, files: DataFiles): Corpus {
  const { training, development, tests } = corpus;
  const parts = [{ name: 'training', pairs: training }, development, ...tests];
  const empty = parts.find(({ pairs }) => !pairs.some(hasBothSides));
  if (!empty) {
    for (const part of parts) noticeEqual(part, files.notify);
    noticeWords(parts, files.notify);
    return corpus;
  }
  const { name, pairs } = empty;
  throw new DataError(
    (pairs.length === 0
      ? `there is no sentence pair for ${name}: ${files.paths.join(', ')} have too few lines`
      : `none of the ${pairs.length} ${name} pairs can be used: of each one side is empty`) +
      '; every part needs at least one pair with both sides',
  );
}

type Languages = Corpus['languages'];
type Of<Source extends CorpusConfig['source']> = Extract<CorpusConfig, { source: Source }>;

async function loadMulti30k(config: Of<'multi30k'>, languages: Languages, files: DataFiles) {
  const read = async (part: string) => {
    const both = bothSides(join(files.folder, 'multi30k-fr-en'), part, languages, files);
    return explainMissing('multi30k-fr-en', () => somePairs(both, files, useOf(part)));
  };
  const test = async (name: string) => ({ name, pairs: await read(name) });
  return {
    training: (await read('train')).slice(0, config.training),
    development: await test('val'),
    tests: [await test('test_2016_flickr'), await test('test_2017_flickr')],
  };
}

async function loadTatoeba(config: Of<'tatoeba'>, files: DataFiles) {
  const table = {
    table: files.note(join(files.folder, 'tatoeba-fr-en', 'fra.txt'), 'fra.txt'),
    // English TAB French.
    columns: config.pair === 'en-fr' ? { source: 1, target: 2 } : { source: 2, target: 1 },
  };
  const all = await explainMissing('tatoeba-fr-en', () =>
    collectPairs(readPairs(table, files.notify)),
  );
  const { rest, drawn } = drawnParts(connectedPairs(all), [config.development, config.test], {
    seed: config.seed,
    from: table.table,
    item: 'pair',
    notify: files.notify,
  });
  const [development, test] = drawn;
  return {
    training: rest,
    development: { name: 'development', pairs: development! },
    tests: [{ name: 'test', pairs: test! }],
  };
}

/** Pairs in groups: sentences have several translations, and two pairs that share a side are in one group. */
function connectedPairs(pairs: readonly SentencePair[]): SentencePair[][] {
  const parent = pairs.map((_, at) => at);
  const root = (at: number): number => {
    while (parent[at] !== at) at = parent[at] = parent[parent[at]!]!;
    return at;
  };
  for (const side of ['source', 'target'] as const) {
    const first = new Map<string, number>();
    pairs.forEach((pair, at) => {
      const known = first.get(pair[side]);
      if (known === undefined) first.set(pair[side], at);
      else parent[root(at)] = root(known);
    });
  }
  const groups = groupBy(pairs.entries(), ([at]) => root(at));
  return [...groups.values()].map((group) => group.map(([, pair]) => pair));
}

async function loadWmt14(config: Of<'wmt14'>, languages: Languages, files: DataFiles) {
  const folder = join(files.folder, 'wmt14-fr-en');
  const read = async (name: string) => ({
    name,
    pairs: await somePairs(bothSides(folder, name, languages, files), files, 'scoring'),
  });
  return explainMissing('wmt14-fr-en', async () => {
    const parts = await trainingParts(join(folder, 'training'), languages.source);
    async function* all() {
      for (const part of parts) {
        yield* readPairs(bothSides(folder, `training/${part}`, languages, files), files.notify);
      }
    }
    return {
      training: await samplePairs(all(), config.sample, new SeededRandom(config.seed)),
      development: await read('newstest2013'),
      tests: [await read('newstest2014')],
    };
  });
}

async function loadFiles(config: Of<'files'>, files: DataFiles) {
  const { train, development, test } = config;
  const read = async (part: string, both: { source: string; target: string }) => {
    for (const side of ['source', 'target'] as const) {
      await requireFile(both[side]);
      files.note(both[side], `${part}.${side}`);
    }
    await checkSides(both, config, files.notify);
    return somePairs(both, files, useOf(part));
  };
  const training = await read('train', train);
  const judged: TestSet[] = [];
  for (const [name, both] of Object.entries({ development, test })) {
    if (!both) continue;
    const part = { name, pairs: await read(name, both) };
    judged.push(part);
    if (both.source === train.source) {
      files.notify(`${both.source}: the ${name} file is the training file: its score says little`);
    } else noticeKnown(training, part, files.notify);
  }
  const [first, ...tests] = judged;
  return { training, development: first!, tests };
}

/** A table's pairs; parts that are no files of their own are drawn from the training file. */
async function loadTable(config: Of<'table'>, files: DataFiles) {
  const { train, columns } = config;
  const read = async (part: string, table: string) => {
    await requireFile(table);
    files.note(table, part);
    return somePairs({ table, columns }, files, useOf(part));
  };
  const all = await read('train', train);
  const parts = Object.entries({ development: config.development, test: config.test });
  const counts = parts.flatMap(([, part]) => (typeof part === 'number' ? [part] : []));
  const { rest, drawn } =
    counts.length > 0
      ? // Those with an empty side would share it, and so be one group.
        drawnParts(connectedPairs(all.filter(hasBothSides)), counts, {
          ...{ seed: config.seed, from: train, notify: files.notify },
          item: 'two-sided pair',
        })
      : { rest: all, drawn: [] };
  const judged: TestSet[] = [];
  for (const [name, part] of parts) {
    if (part === undefined) continue;
    const pairs = typeof part === 'number' ? drawn.shift()! : await read(name, part);
    judged.push({ name, pairs });
    if (part === train) {
      files.notify(`${train}: the ${name} file is the training file: its score says little`);
    } else if (typeof part === 'string') noticeKnown(rest, judged.at(-1)!, files.notify);
  }
  const [first, ...tests] = judged;
  return { training: rest, development: first!, tests };
}

/** The names of the training files without their language. */
async function trainingParts(folder: string, language: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(`.${language}`));
  if (names.length === 0) throw new DataError(`${folder}: no files that end in .${language}`);
  return names.map((name) => name.slice(0, -language.length - 1)).sort();
}

/** The two files of a part, noted by their paths in the data set. */
function bothSides(folder: string, part: string, languages: Languages, files: DataFiles) {
  const side = (language: string) => {
    const name = `${part}.${language}`;
    return files.note(join(folder, ...name.split('/')), name);
  };
  return { source: side(languages.source), target: side(languages.target) };
}

/** What the pairs of a part are for. */
export const useOf = (part: string): PairUse => (part === 'train' ? 'training' : 'scoring');

/**
 * All pairs of two files, or of a table.
 * @throws DataError when there is none, or none with both sides
 */
export async function somePairs(
  from: ParallelFiles,
  { notify }: Pick<DataFiles, 'notify'>,
  use: PairUse,
): Promise<SentencePair[]> {
  const pairs = await collectPairs(readPairs(from, notify, use));
  const files = nameOf(from);
  if (pairs.length === 0) {
    throw new DataError(
      'table' in from
        ? `${files} has no pair: expected one a row, in two columns`
        : `${files} are empty: expected a sentence a line`,
    );
  }
  if (pairs.some(hasBothSides)) return pairs;
  throw new DataError(`${files}: of ${counted(pairs.length, 'pair')} none has both sides`);
}

/** Adds to an error of a missing data set the command that gets it. */
async function explainMissing<T>(name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const missing =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ||
      (error instanceof DataError && error.message.includes('ENOENT'));
    if (!missing) throw error;
    throw new DataError(`${(error as Error).message}. Get it with: didyprog data ${name}`);
  }
}

const turn = ({ source, target }: SentencePair) => ({ source: target, target: source });
