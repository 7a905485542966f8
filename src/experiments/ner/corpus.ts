import { counted } from '../../counted.js';
import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { requireFile } from '../../input-file.js';
import type { Notify } from '../../data/readers/notices.js';
import { splitTag } from '../../metrics/chunks.js';
import { readConll, type TaggedSentence } from '../../data/readers/text/conll.js';
import { syntheticCorpus } from '../../data/synthetic/sentences.js';
import { countEntries } from '../../data/text/vocabulary.js';
import { percent } from '../../report/table.js';
import { readWordVectors, type WordVectors } from '../../data/readers/text/word-vectors.js';
import { DataError } from '../../errors.js';
import { groupBy } from '../../report/group-by.js';
import { drawnParts } from '../drawn-parts.js';
import type { DataFiles } from '../../runner/run/data-files.js';
import type { NerConfig } from './config.js';
import { vectorKeys } from './lexicon.js';

/** The sentences of an experiment, tagged in IOBES. */
export interface Corpus {
  train: TaggedSentence[];
  development: TaggedSentence[];
  /** Empty for files of one's own without a test file. */
  test: TaggedSentence[];
}

export type Split = keyof Corpus;

export const hasTest = ({ data }: Pick<NerConfig, 'data'>) => data.test !== undefined;

/**
 * The sentences that a config asks for, read or generated. Notices say which tags of the other parts
 * training does not have, which part has no entity, and which parts are the same.
 * @throws DataError as `readConll`; for a file that is missing, with the command that gets it
 */
export async function loadCorpus({ data }: NerConfig, files: DataFiles): Promise<Corpus> {
  if (data.source === 'synthetic') return syntheticCorpus(data);
  const read = async (split: Split): Promise<TaggedSentence[]> => {
    const path = data[split];
    if (typeof path !== 'string') return [];
    if (data.source === 'files') await requireFile(path);
    const file = data.source === 'files' ? path : dataFile(files.folder, path, data.dataSet);
    files.note(file, split);
    return (await readConll(file, { columns: data.columns, notify: files.notify })).sentences;
  };
  // One after the other: of several faults the first file's is told.
  const whole = await read('train');
  const judged = { development: await read('development'), test: await read('test') };
  const training = draw(data, whole, judged, files.notify);
  const train = training.slice(0, data.sentences);
  const corpus = { train, ...judged };
  const nameOf = (split: Split) =>
    typeof data[split] === 'number' ? `${data.train}, ${split}` : data[split]!;
  const seen = countsOf(train).keys();
  const known = { tags: [...seen], owner: 'the training file' };
  for (const split of ['train', 'development', 'test'] as const) {
    if (corpus[split].length === 0 || corpus[split].some(hasEntity)) continue;
    files.notify(
      `${nameOf(split)}: every tag is O: there is no entity to ${split === 'train' ? 'learn' : 'find'}; ` +
        'is another column the tag? --columns word=1,tag=2 says so',
    );
  }
  for (const split of ['development', 'test'] as const) {
    const text = unseenText(known, corpus[split]);
    if (text) files.notify(`${nameOf(split)}: ${text}: no model can predict what training lacks`);
    const other = sameSentences(corpus[split], training)
      ? 'train'
      : split === 'test' && sameSentences(corpus.test, corpus.development)
        ? 'development'
        : undefined;
    if (other === undefined) continue;
    const name = other === 'train' ? 'training' : other;
    const where = data[split] === data[other] ? '' : `, ${data[other]}, under another name`;
    files.notify(
      `${data[split]}: the ${split} file is the ${name} file${where}: its score says little`,
    );
  }
  return corpus;
}

/**
 * Fills the parts that are no files with sentences of the training file, always the same ones.
 * @returns the sentences that are left for training
 */
function draw(
  data: Exclude<NerConfig['data'], { source: 'synthetic' }>,
  training: readonly TaggedSentence[],
  judged: Record<'development' | 'test', TaggedSentence[]>,
  notify: Notify,
): TaggedSentence[] {
  const drawnOnes = (['development', 'test'] as const).flatMap((split) => {
    const count = data[split];
    return typeof count === 'number' ? [{ split, count }] : [];
  });
  if (drawnOnes.length === 0) return [...training];
  const groups = groupBy(training, ({ words }) => words.join(' '));
  const counts = drawnOnes.map(({ count }) => count);
  const where = { seed: 1, from: data.train, item: 'sentence', notify };
  const { rest, drawn } = drawnParts([...groups.values()], counts, where);
  drawnOnes.forEach(({ split }, at) => (judged[split] = drawn[at]!));
  return rest;
}

const hasEntity = ({ tags }: TaggedSentence) => tags.some((tag) => tag !== 'O');

/** Whether two files, of whatever names, hold the same: once read, since one may be packed. */
function sameSentences(a: readonly TaggedSentence[], b: readonly TaggedSentence[]): boolean {
  const same = (one: readonly string[], other: readonly string[]) =>
    one.length === other.length && one.every((text, at) => text === other[at]);
  return (
    a.length > 0 &&
    a.length === b.length &&
    a.every(({ words, tags }, at) => same(words, b[at]!.words) && same(tags, b[at]!.tags))
  );
}

const countsOf = (sentences: readonly TaggedSentence[]) =>
  countEntries(sentences.flatMap(({ tags }) => tags));

/**
 * What tags sentences have that their model cannot predict: whole types, and forms of known ones.
 * @param owner who has the known tags, in words
 * @returns '' where there are none
 */
export function unseenText(
  { tags, owner }: { tags: readonly string[]; owner: string },
  sentences: readonly TaggedSentence[],
): string {
  // A file that marks entities alone has no O.
  const typeOf = (tag: string) => splitTag(tag)!.type || tag;
  const known = new Set(tags.map(typeOf));
  const unseen = [...countsOf(sentences)].filter(([tag]) => !tags.includes(tag));
  const types = [...new Set(unseen.map(([tag]) => typeOf(tag)))].filter((type) => !known.has(type));
  const count = (tags: typeof unseen) => tags.reduce((sum, [, n]) => sum + n, 0);
  const ofTypes = unseen.filter(([tag]) => types.includes(typeOf(tag)));
  const forms = unseen.filter((one) => !ofTypes.includes(one));
  return [
    ...(types.length > 0
      ? [
          `types that ${owner} does not have: ${types.join(', ')} (${counted(count(ofTypes), 'token')})`,
        ]
      : []),
    ...(forms.length > 0
      ? [
          `tags (in IOBES) that ${types.length > 0 ? 'it' : owner} has only in other places of a chunk: ` +
            `${forms.map(([tag]) => tag).join(', ')} (${counted(count(forms), 'token')})`,
        ]
      : []),
  ].join('; ');
}

/** Pretrained vectors, and what they cover of all parts of a corpus. */
export interface CoveringVectors extends WordVectors {
  /** Shares, in [0, 1], of the different words and of all tokens that have a vector. */
  covered: { words: number; tokens: number };
}

/**
 * The pretrained vectors of a corpus' words, or undefined when the config names none. A notice says how
 * many words have one.
 * @throws DataError as `readWordVectors`, when the file is missing, or when no word has a vector
 */
export async function loadVectors(
  { vectors, model }: NerConfig,
  corpus: Corpus,
  files: DataFiles,
): Promise<CoveringVectors | undefined> {
  if (!vectors) return undefined;
  /** By its first key, which is the word as the model sees it: its keys, and how often it occurs. */
  const words = new Map<string, { keys: readonly string[]; count: number }>();
  const wanted = new Set<string>();
  for (const word of (Object.values(corpus) as TaggedSentence[][]).flat().flatMap(wordsOf)) {
    const keys = vectorKeys(word, model);
    const known = words.get(keys[0]!);
    if (known) known.count++;
    else words.set(keys[0]!, { keys, count: 1 });
    for (const key of keys) wanted.add(key);
  }
  const path = files.note(dataFile(files.folder, vectors.path, vectors.dataSet), 'vectors');
  const read = await readWordVectors(path, (word) => wanted.has(word), files.notify);
  const all = [...words.values()];
  const found = all.filter(({ keys }) => keys.some((key) => read.vectors.has(key)));
  if (found.length === 0) {
    throw new DataError(
      `${path} has a vector for none of the ${counted(all.length, 'word')} of the sentences: are they ` +
        'of another language? --no-vectors trains without',
    );
  }
  const tokensOf = (some: typeof all) => some.reduce((sum, { count }) => sum + count, 0);
  const covered = {
    words: found.length / all.length,
    tokens: tokensOf(found) / tokensOf(all),
  };
  files.notify(
    `${path}: vectors for ${percent(covered.words)} of the words, ${percent(covered.tokens)} of the tokens`,
  );
  return { ...read, covered };
}

const wordsOf = ({ words }: TaggedSentence) => words;

function dataFile(dataFolder: string, path: string, dataSet: string | undefined): string {
  const below = join(dataFolder, ...path.split('/'));
  if (!isAbsolute(path) && existsSync(below)) return below;
  if (dataSet === undefined && existsSync(path)) return path;
  const command = dataSet
    ? `get it with: didyprog data ${dataSet}`
    : 'it is named by the config (vectors.path, below the data folder, or in the working folder)';
  throw new DataError(
    `${isAbsolute(path) ? path : below} is not there; ${command}, or say where the data folder is ` +
      'by --data',
  );
}
