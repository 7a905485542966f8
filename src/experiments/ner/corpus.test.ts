import { writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import { DataError } from '../../errors.js';
import { DataFiles } from '../../runner/run/data-files.js';
import { nerSchema } from './config.js';
import { loadCorpus, loadVectors, unseenText } from './corpus.js';

const folder = temporaryFolder('ner-corpus');

describe('pretrained vectors', () => {
  const tagged = (text: string) => {
    const words = text.split(' ');
    return { words, tags: words.map(() => 'O') };
  };
  // Seven tokens of five words, as 1 and 2 are 0 to the model.
  const corpus = {
    train: [tagged('The rose 1 the')],
    development: [tagged('rose 2 oak')],
    test: [],
  };
  const load = async (text: string) => {
    writeFileSync(join(folder, 'vectors.txt'), text);
    const notices: string[] = [];
    const config = nerSchema.parse({
      data: { source: 'synthetic', train: 1, development: 1, test: 1 },
      vectors: { path: 'vectors.txt' },
      training: { epochs: 1 },
    });
    const files = new DataFiles(folder, (notice) => notices.push(notice));
    return { vectors: await loadVectors(config, corpus, files), notices };
  };

  it('say what share of the words and of the tokens has one', async () => {
    const { vectors, notices } = await load('rose 1 2\nthe 3 4\nelm 5 6\n');
    // The, the and rose of five words; four tokens of seven.
    expect(vectors?.covered).toEqual({ words: 3 / 5, tokens: 4 / 7 });
    expect(notices).toEqual([
      expect.stringMatching(
        /vectors\.txt: vectors for 60\.0 % of the words, 57\.1 % of the tokens$/,
      ),
    ]);
  });

  it('are refused where they fit no word', async () => {
    await expect(load('elm 1 2\nash 3 4\n')).rejects.toThrow(DataError);
    await expect(load('elm 1 2\n')).rejects.toThrow(/vector for none of the 5 words.*--no-vectors/);
  });
});

it('tags that a model does not have are named, with whose they are not', () => {
  const known = { tags: ['O', 'S-LOC', 'B-PER'], owner: 'the model' };
  const of = (...tags: string[]) => [{ words: tags, tags }];
  expect(unseenText(known, of('O', 'S-LOC'))).toBe('');
  expect(unseenText(known, of('S-RUST', 'S-RUST', 'E-PER'))).toBe(
    'types that the model does not have: RUST (2 tokens); tags (in IOBES) that it has only in other ' +
      'places of a chunk: E-PER (1 token)',
  );
  expect(unseenText({ ...known, tags: ['S-LOC'] }, of('O', 'S-RUST'))).toBe(
    'types that the model does not have: O, RUST (2 tokens)',
  );
  expect(unseenText(known, of('E-PER'))).toBe(
    'tags (in IOBES) that the model has only in other places of a chunk: E-PER (1 token)',
  );
});

describe('files of one’s own', () => {
  const some = 'Ada B-PER\nsaw O\n\nYork B-LOC\n';
  const other = 'Lee B-PER\nleft O\n\nYork B-LOC\n';
  /** What is said of the texts of a corpus' files, and how their sentences are read. */
  const load = async (texts: Record<string, string>, use: Record<string, string> = {}) => {
    const paths = Object.keys(texts).map((part) => {
      const path = join(folder, `${part}.conll`);
      writeFileSync(path, texts[part]!);
      return [part, path] as const;
    });
    const named = Object.entries(use).map(([part, as]) => [part, join(folder, `${as}.conll`)]);
    const config = nerSchema.parse({
      data: { source: 'files', ...Object.fromEntries([...paths, ...named]) },
      training: { epochs: 1 },
    });
    const notices: string[] = [];
    const files = new DataFiles(folder, (text) =>
      notices.push(text.replaceAll(`${folder}${sep}`, '')),
    );
    return { corpus: await loadCorpus(config, files), notices };
  };

  it('of which one is another, by its name or by what it holds, are said', async () => {
    const third = other.replace('Lee', 'Eve');
    expect((await load({ train: some, development: other, test: third })).notices).toEqual([]);
    const copy = await load({ train: some, development: other, test: other });
    expect(copy.notices).toEqual([
      'test.conll: the test file is the development file, development.conll, under another name: its ' +
        'score says little',
    ]);
    const packed = await load({ train: some, development: some.replaceAll('\n', '\r\n') });
    expect(packed.notices).toEqual([
      expect.stringContaining(
        'development.conll: the development file is the training file, train',
      ),
    ]);
    const one = await load({ train: some, development: other }, { test: 'development' });
    expect(one.notices).toEqual([
      'development.conll: the test file is the development file: its score says little',
    ]);
    const all = await load({ train: some }, { development: 'train', test: 'train' });
    expect(all.notices).toEqual([
      'train.conll: the development file is the training file: its score says little',
      'train.conll: the test file is the training file: its score says little',
    ]);
  });

  it('without an entity are said: another column may be the tag', async () => {
    const { notices } = await load({ train: 'a O\nb O\n', development: 'c O\n', test: 'd O\n' });
    expect(notices).toEqual([
      expect.stringMatching(/^train\.conll: every tag is O: .* learn; .*--columns/),
      expect.stringMatching(/^development\.conll: every tag is O: .* find; .*--columns/),
      expect.stringMatching(/^test\.conll: every tag is O/),
    ]);
  });

  it('have letters without types in one file, and nothing but O in another', async () => {
    const { corpus, notices } = await load({ train: 'a B\nb I\nc O\n', development: 'd O\n' });
    expect(corpus.train[0]!.tags).toEqual(['B-entity', 'E-entity', 'O']);
    expect(notices.map((text) => text.split(':')[0])).toEqual(['train.conll', 'development.conll']);
  });
});

it('parts that are numbers are drawn from the training file, sentences that are alike together', async () => {
  const train = join(folder, 'whole.conll');
  const sentences = Array.from({ length: 30 }, (_, at) => `Rosa B-PER\nw${at % 10} O\n`);
  writeFileSync(train, sentences.join('\n'));
  const load = (development: number) => {
    const data = { source: 'files', train, development, test: 6 };
    const config = nerSchema.parse({ data, training: { epochs: 1 } });
    return loadCorpus(config, new DataFiles(folder, () => undefined));
  };
  const corpus = await load(3);
  const words = (part: typeof corpus.train) => new Set(part.map((one) => one.words[1]));
  expect([corpus.train.length, corpus.development.length, corpus.test.length]).toEqual([21, 3, 6]);
  expect([words(corpus.development).size, words(corpus.test).size]).toEqual([1, 2]);
  for (const word of [...words(corpus.development), ...words(corpus.test)]) {
    expect(words(corpus.train)).not.toContain(word);
  }
  expect(await load(3)).toEqual(corpus);
  await expect(load(24)).rejects.toThrow(
    'whole.conll has 30 sentences in 10 groups: too few to draw 24 and 6',
  );
});
