import { join } from 'node:path';
import { readdir } from 'node:fs/promises';
import {
  collectPairs,
  readPairs,
  samplePairs,
  type SentencePair,
} from '../../data/parallel-text.js';
import type { Language } from '../../data/parallel-tokens.js';
import { SeededRandom } from '../../data/random.js';
import { syntheticTranslation } from '../../data/synthetic-translation.js';
import { DataError } from '../../errors.js';
import { notice } from '../../runner/notice.js';
import type { CorpusConfig } from './config.js';

/** A named part of a corpus to evaluate on. */
export interface TestSet {
  name: string;
  pairs: SentencePair[];
}

/** Parallel text as it is read. */
export interface Corpus {
  languages: { source: Language; target: Language };
  training: SentencePair[];
  development: TestSet;
  tests: TestSet[];
}

/**
 * Loads a corpus; only WMT14's training files are larger than memory, and are sampled as they
 * stream by.
 * @param dataFolder the folder of all data sets
 * @throws DataError when its files are not there, with the command that gets them, or not readable
 */
export async function loadCorpus(config: CorpusConfig, dataFolder: string): Promise<Corpus> {
  const [source, target] = config.pair.split('-') as [Language, Language];
  const languages = { source, target };
  switch (config.source) {
    case 'multi30k':
      return { languages, ...(await loadMulti30k(config, languages, dataFolder)) };
    case 'tatoeba':
      return { languages, ...(await loadTatoeba(config, languages, dataFolder)) };
    case 'wmt14':
      return { languages, ...(await loadWmt14(config, languages, dataFolder)) };
    case 'synthetic': {
      const { training, development, test } = syntheticTranslation(config);
      const turned = (pairs: SentencePair[]) => (source === 'fr' ? pairs : pairs.map(turn));
      return {
        languages,
        training: turned(training),
        development: { name: 'development', pairs: turned(development) },
        tests: [{ name: 'test', pairs: turned(test) }],
      };
    }
  }
}

type Languages = Corpus['languages'];
type Of<Source extends CorpusConfig['source']> = Extract<CorpusConfig, { source: Source }>;

async function loadMulti30k(config: Of<'multi30k'>, languages: Languages, dataFolder: string) {
  const read = async (part: string) => {
    const path = join(dataFolder, 'multi30k-fr-en', part);
    return explainMissing('multi30k-fr-en', () =>
      collectPairs(readPairs(bothSides(path, languages), notice)),
    );
  };
  const test = async (name: string) => ({ name, pairs: await read(name) });
  return {
    training: (await read('train')).slice(0, config.training),
    development: await test('val'),
    tests: [await test('test_2016_flickr'), await test('test_2017_flickr')],
  };
}

async function loadTatoeba(config: Of<'tatoeba'>, languages: Languages, dataFolder: string) {
  // English TAB French.
  const column = { en: 0, fr: 1 };
  const files = {
    pairs: join(dataFolder, 'tatoeba-fr-en', 'fra.txt'),
    sourceColumn: column[languages.source],
    targetColumn: column[languages.target],
  };
  const all = await explainMissing('tatoeba-fr-en', () => collectPairs(readPairs(files, notice)));
  // Sentences have several translations: all pairs of a source, and of a target, go to one part.
  const parts = connectedPairs(all);
  const shuffled = new SeededRandom(config.seed).shuffled(parts);
  const take = (count: number) => {
    const taken: SentencePair[] = [];
    while (taken.length < count && shuffled.length > 0) taken.push(...shuffled.pop()!);
    return taken.slice(0, count);
  };
  const development = { name: 'development', pairs: take(config.development) };
  const tests = [{ name: 'test', pairs: take(config.test) }];
  return { training: shuffled.flat(), development, tests };
}

/** Pairs in groups, such that two that share a side are in one group. */
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
  const groups = new Map<number, SentencePair[]>();
  pairs.forEach((pair, at) => {
    const group = groups.get(root(at));
    if (group) group.push(pair);
    else groups.set(root(at), [pair]);
  });
  return [...groups.values()];
}

async function loadWmt14(config: Of<'wmt14'>, languages: Languages, dataFolder: string) {
  const folder = join(dataFolder, 'wmt14-fr-en');
  const read = async (name: string) => ({
    name,
    pairs: await collectPairs(readPairs(bothSides(join(folder, name), languages), notice)),
  });
  return explainMissing('wmt14-fr-en', async () => {
    const parts = await trainingParts(join(folder, 'training'), languages.source);
    async function* all() {
      for (const part of parts) {
        yield* readPairs(bothSides(join(folder, 'training', part), languages), notice);
      }
    }
    return {
      training: await samplePairs(all(), config.sample, new SeededRandom(config.seed)),
      development: await read('newstest2013'),
      tests: [await read('newstest2014')],
    };
  });
}

/** The names of the training files without their language. */
async function trainingParts(folder: string, language: Language): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(`.${language}`));
  if (names.length === 0) throw new DataError(`${folder}: no files that end in .${language}`);
  return names.map((name) => name.slice(0, -language.length - 1)).sort();
}

const bothSides = (path: string, { source, target }: Languages) => ({
  source: `${path}.${source}`,
  target: `${path}.${target}`,
});

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
